"""Addresses of the studio. Every one has its row in the permission matrix."""

from django.urls import path

from project.studio.views import (
    assistant,
    content,
    home,
    moderation,
    rights,
    selections,
    settings,
    sources,
    today,
    widgets,
)

app_name = "studio"

# A shop's slug never begins with a hyphen, so what belongs to no shop stands under "-".
urlpatterns = [
    path("", home.home, name="home"),
    path("-/new-shop/", home.new_shop, name="new_shop"),
    path("-/invitations/<str:token>/", home.invitation, name="invitation"),
    path("<slug:shop>/", today.today, name="today"),
    path("<slug:shop>/counts/", today.counts, name="counts"),
    path("<slug:shop>/deliveries/retry/", today.retry_deliveries, name="retry_deliveries"),
    # Content
    path("<slug:shop>/queue/", content.queue, name="queue"),
    path("<slug:shop>/queue/decide/", moderation.decide_many, name="decide_many"),
    path("<slug:shop>/content/", content.content_list, name="content_list"),
    path("<slug:shop>/content/<str:item>/", content.content_detail, name="content"),
    path("<slug:shop>/content/<str:item>/approve/", moderation.approve, name="approve"),
    path("<slug:shop>/content/<str:item>/reject/", moderation.reject, name="reject"),
    path("<slug:shop>/content/<str:item>/take-down/", moderation.take_down, name="take_down"),
    path("<slug:shop>/content/<str:item>/restore/", moderation.restore, name="restore"),
    path("<slug:shop>/content/<str:item>/reopen/", moderation.reopen, name="reopen"),
    path("<slug:shop>/content/<str:item>/tag/", moderation.tag, name="tag"),
    path("<slug:shop>/content/<str:item>/untag/", moderation.untag, name="untag"),
    path("<slug:shop>/content/<str:item>/ask/", rights.ask, name="ask"),
    path("<slug:shop>/products/", content.products, name="products"),
    # Rights
    path("<slug:shop>/rights/", rights.needing, name="rights"),
    path("<slug:shop>/rights/requests/", rights.requests, name="requests"),
    path("<slug:shop>/rights/requests/<str:request_id>/", rights.request_detail, name="request"),
    path("<slug:shop>/rights/requests/<str:request_id>/link/", rights.new_link, name="new_link"),
    path("<slug:shop>/rights/requests/<str:request_id>/cancel/", rights.cancel_request, name="cancel_request"),
    path("<slug:shop>/rights/licences/", rights.licences, name="licences"),
    path("<slug:shop>/rights/licences/<str:licence>/", rights.licence, name="licence"),
    path("<slug:shop>/rights/licences/<str:licence>/end/", rights.end_licence, name="end_licence"),
    # Widgets and selections
    path("<slug:shop>/widgets/", widgets.widgets, name="widgets"),
    path("<slug:shop>/widgets/new/", widgets.new_widget, name="new_widget"),
    path("<slug:shop>/widgets/<str:widget_id>/", widgets.widget, name="widget"),
    path("<slug:shop>/widgets/<str:widget_id>/save/", widgets.save_widget, name="save_widget"),
    path("<slug:shop>/widgets/<str:widget_id>/delete/", widgets.delete_widget, name="delete_widget"),
    path("<slug:shop>/widgets/<str:widget_id>/preview/", widgets.preview, name="widget_preview"),
    path("<slug:shop>/selections/", selections.selections, name="selections"),
    path("<slug:shop>/selections/new/", selections.create_selection, name="create_selection"),
    path("<slug:shop>/selections/<str:selection_id>/", selections.selection, name="selection"),
    path("<slug:shop>/selections/<str:selection_id>/save/", selections.save_selection, name="save_selection"),
    path("<slug:shop>/selections/<str:selection_id>/delete/", selections.delete_selection, name="delete_selection"),
    path("<slug:shop>/selections/<str:selection_id>/pick/", selections.pick, name="pick"),
    path("<slug:shop>/selections/<str:selection_id>/<str:item>/remove/", selections.remove_item, name="remove_item"),
    path("<slug:shop>/selections/<str:selection_id>/<str:item>/pin/", selections.pin, name="pin"),
    path("<slug:shop>/selections/<str:selection_id>/<str:item>/tag/", selections.tag_entry, name="tag_entry"),
    path("<slug:shop>/selections/<str:selection_id>/<str:item>/move/", selections.move, name="move"),
    # Assistant
    path("<slug:shop>/assistant/", assistant.assistant, name="assistant"),
    path("<slug:shop>/assistant/new/", assistant.make_assistant, name="make_assistant"),
    path("<slug:shop>/assistant/progress/", assistant.progress, name="progress"),
    # Sources
    path("<slug:shop>/sources/", sources.sources, name="sources"),
    path("<slug:shop>/sources/new/", sources.new_source, name="new_source"),
    path("<slug:shop>/sources/import/", sources.import_help, name="import_help"),
    path("<slug:shop>/sources/<str:source_id>/", sources.source, name="source"),
    path("<slug:shop>/sources/<str:source_id>/save/", sources.save_source, name="save_source"),
    path("<slug:shop>/sources/<str:source_id>/run/", sources.run_source, name="run_source"),
    path("<slug:shop>/sources/<str:source_id>/switch/", sources.switch_source, name="switch_source"),
    # Settings
    path("<slug:shop>/settings/", settings.settings, name="settings"),
    path("<slug:shop>/settings/save/", settings.save_settings, name="save_settings"),
    path("<slug:shop>/settings/team/", settings.team, name="team"),
    path("<slug:shop>/settings/team/invite/", settings.invite, name="invite"),
    path(
        "<slug:shop>/settings/team/invitations/<str:invitation>/cancel/",
        settings.cancel_invitation,
        name="cancel_invitation",
    ),
    path("<slug:shop>/settings/team/<int:user_id>/role/", settings.change_role, name="change_role"),
    path("<slug:shop>/settings/team/<int:user_id>/remove/", settings.remove_member, name="remove_member"),
    path("<slug:shop>/settings/keys/", settings.keys, name="keys"),
    path("<slug:shop>/settings/keys/new/", settings.create_key, name="create_key"),
    path("<slug:shop>/settings/keys/<str:key>/rotate/", settings.rotate_key, name="rotate_key"),
    path("<slug:shop>/settings/keys/<str:key>/revoke/", settings.revoke_key, name="revoke_key"),
    path("<slug:shop>/settings/origins/", settings.origins, name="origins"),
    path("<slug:shop>/settings/origins/add/", settings.add_origin, name="add_origin"),
    path("<slug:shop>/settings/origins/remove/", settings.remove_origin, name="remove_origin"),
]
