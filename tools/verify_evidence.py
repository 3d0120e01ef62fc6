"""Check an evidence pack of Vouchsafe, without a network and without Vouchsafe.

    python verify_evidence.py PACK.zip [--key KEY_ID] [--head KEPT.json] [--consistency PROOF.json] [--tsa-roots PEM]

Needs Python 3.11 or later and the package "cryptography"; "rfc3161-client" as well where a time stamp shall be checked.
Exit code 0: verified, 1: something is wrong (or what was asked for could not be checked), 2: the pack cannot be read.

This file stands alone on purpose: it imports nothing of the program whose word it checks. It is one file, long as it
is, so that whoever has to trust it can keep it beside the pack, read it from top to bottom and run it as it is.
"""

import argparse
import datetime
import hashlib
import hmac
import json
import sys
import zipfile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "vouchsafe-evidence"
SIGNED_PREFIX = b"vouchsafe tree head v1\n"
LARGEST_FILE = 500_000_000
LARGEST_PACK = 2_000_000_000
# Of the licence, what the ledger's entry of the grant says as well.
PERMITTED = (
    "basis",
    "channels",
    "markets",
    "modifications",
    "starts_at",
    "ends_at",
    "exclusive",
    "sublicensable",
    "revocable",
    "people_depicted",
    "minor_depicted",
    "third_party_works",
    "terms_version",
    "terms_sha256",
)


class Unreadable(Exception):
    """This is no evidence pack, or one of a form that this program does not know."""


class Report:
    """What was found, in sentences."""

    def __init__(self):
        self.failed = False

    def good(self, sentence):
        print(f"  ok     {sentence}")

    def bad(self, sentence):
        self.failed = True
        print(f"  WRONG  {sentence}")

    def note(self, sentence):
        print(f"  -      {sentence}")

    def check(self, is_so, good, bad):
        if is_so:
            self.good(good)
        else:
            self.bad(bad)
        return is_so


# --- the arithmetic of RFC 9162 -------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha256(b"\x01" + left + right)


def includes(leaf, index, size, path, root):
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            r = node(p, r)
            while fn and not fn % 2:
                fn, sn = fn // 2, sn // 2
        else:
            r = node(r, p)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and r == root


def extends(first, first_root, second, second_root, path):
    """RFC 9162, section 2.1.4.2."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    fn, sn = first - 1, second - 1
    while fn % 2:
        fn, sn = fn // 2, sn // 2
    fr = sr = steps[0]
    for c in steps[1:]:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn and not fn % 2:
                fn, sn = fn // 2, sn // 2
        else:
            sr = node(sr, c)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and fr == first_root and sr == second_root


# --- the pack -------------------------------------------------------------------------------------


class Pack:
    """The files of the zip, in memory: no path of it ever touches the disk."""

    def __init__(self, path):
        try:
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
                if sum(entry.file_size for entry in entries) > LARGEST_PACK:
                    raise Unreadable("it is larger than any evidence pack")
                self.twice = len({entry.filename for entry in entries}) != len(entries)
                self.files = {entry.filename: self._read(archive, entry) for entry in entries}
        except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError) as error:
            # RuntimeError: what zipfile raises for a zip with a password, or a compression that it does not know.
            raise Unreadable(f"the zip cannot be read ({error})") from error
        except Exception as error:
            if isinstance(error, Unreadable):
                raise
            raise Unreadable(f"the zip is damaged ({type(error).__name__})") from error
        self.manifest = self.json("manifest.json")
        if not isinstance(self.manifest, dict) or self.manifest.get("format") != FORMAT:
            raise Unreadable("it is a zip, but no evidence pack of Vouchsafe")
        if self.manifest.get("version") != 1:
            raise Unreadable("it is of a newer form; fetch the newest verify_evidence.py")

    @staticmethod
    def _read(archive, entry):
        with archive.open(entry) as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise Unreadable(f"{entry.filename} is too large")
        return content

    def json(self, path):
        if path not in self.files:
            raise Unreadable(f"{path} is missing")
        return parsed(self.files[path], path)

    def under(self, folder):
        return sorted(path for path in self.files if path.startswith(folder))


def parsed(data, what):
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{what} is no JSON") from error


def canonical(document):
    """RFC 8785 for what heads hold: strings without control characters and whole numbers."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def moment(milliseconds):
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


# --- what is checked ------------------------------------------------------------------------------


def check_files(pack, report):
    listed = pack.manifest["files"]
    present = set(pack.files) - {"manifest.json"}
    wrong = sorted(
        path
        for path, facts in listed.items()
        if path in present and hashlib.sha256(pack.files[path]).hexdigest() != facts["sha256"]
    )
    missing, extra = sorted(set(listed) - present), sorted(present - set(listed))
    for paths, sentence in (
        (wrong, "was altered: its SHA-256 is not that of the manifest"),
        (missing, "is listed but missing"),
        (extra, "is not listed in the manifest"),
    ):
        for path in paths:
            report.bad(f"{path} {sentence}.")
    if pack.twice:
        report.bad("The zip holds two files of one name.")
    if not (wrong or missing or extra or pack.twice):
        report.good(f"All {len(listed)} files are those that the manifest lists.")


def read_keys(pack, report):
    keys = {}
    for key in pack.json("ledger/keys.json"):
        public = bytes.fromhex(key["public_key"])
        if hashlib.sha256(public).hexdigest() != key["key_id"]:
            report.bad(f"Key {key['key_id'][:16]} is not the key that it says it is.")
            continue
        keys[key["key_id"]] = key
    return keys


def is_signed(head, keys):
    """Whether a key of the history signed this head while it was in force."""
    key = keys.get(head["key_id"])
    if key is None:
        return False
    unsigned = {name: value for name, value in head.items() if name != "signature"}
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public_key"]))
        public.verify(bytes.fromhex(head["signature"]), SIGNED_PREFIX + canonical(unsigned))
    except (InvalidSignature, ValueError):
        return False
    at = head["timestamp"] / 1000
    begun = datetime.datetime.fromisoformat(key["valid_from"]).timestamp()
    ended = datetime.datetime.fromisoformat(key["retired_at"]).timestamp() if key["retired_at"] else None
    return at >= int(begun) and (ended is None or at <= ended + 1)


def check_head(pack, keys, wanted_key, report):
    head = pack.json("ledger/head.json")
    report.check(
        is_signed(head, keys),
        f"The ledger's head over {head['tree_size']} entries was signed on {moment(head['timestamp'])}.",
        "The ledger's head is not validly signed by a key of this pack.",
    )
    report.check(
        head["log"] == pack.manifest["log"],
        f"It is the head of the ledger that the pack names ({head['log']}).",
        "The head belongs to another ledger.",
    )
    if wanted_key:
        report.check(
            head["key_id"] == wanted_key,
            "It is signed by the key that you named.",
            f"It is signed by key {head['key_id']}, not by the one that you named.",
        )
    return head


def check_entries(pack, head, folder, report):
    """The entries under a head; returns their facts by number."""
    root, entries = bytes.fromhex(head["root_hash"]), {}
    for proof in pack.json(f"{folder}/proofs.json"):
        number = int(proof["number"])
        body = pack.files.get(f"ledger/events/{number}.json", b"")
        path = [bytes.fromhex(step) for step in proof["path"]]
        leaf = sha256(b"\x00" + body)
        if includes(leaf, number - 1, head["tree_size"], path, root):
            entries[number] = parsed(body, f"entry {number}")
        else:
            report.bad(f"Entry {number} is not under the signed head: it was altered, or its proof was.")
    named = {f"ledger/events/{number}.json" for number in entries}
    if folder == "ledger":
        for path in set(pack.under("ledger/events/")) - named:
            report.bad(f"{path} comes without a proof that holds.")
    if entries:
        which = "stamped" if folder == "stamp" else "signed"
        report.good(f"Entries {', '.join(map(str, sorted(entries)))} are under the {which} head, unaltered.")
    return entries


def check_listed(pack, entries, report):
    """Whether the entries that the manifest names are there. Whoever makes a manifest fit is not found by this."""
    listed = pack.manifest.get("entries")
    if listed is None:
        return
    missing = sorted({int(number) for number in listed} - set(entries))
    report.check(
        not missing,
        "Every entry that the manifest names is in this pack.",
        f"Entries {', '.join(map(str, missing))} are named in the manifest and left out of this pack.",
    )


def check_licence(pack, entries, report):
    licence = pack.json("licence.json")
    granted = [facts for facts in entries.values() if facts["type"] == "granted" and facts["licence"] == licence["id"]]
    if licence["id"] != pack.manifest["licence"] or len(granted) != 1:
        report.bad("The ledger holds no grant of this licence.")
        return
    (facts,) = granted
    differing = [name for name in PERMITTED if name in facts and plain(licence.get(name)) != plain(facts[name])]
    report.check(
        not differing,
        "licence.json says what the ledger's entry of the grant says.",
        f"licence.json and the ledger differ in: {', '.join(differing)}.",
    )
    report.check(
        licence.get("licensee_id") == pack.manifest["log"],
        f"licence.json names the shop whose ledger this is as the licensee ({pack.manifest['log']}).",
        "licence.json names another licensee than the shop whose ledger this is.",
    )
    check_terms(pack, facts, report)
    if "items.txt" in pack.files:
        listed = pack.files["items.txt"]
        report.check(
            hashlib.sha256(listed).hexdigest() == facts["items_sha256"] and listed.count(b"\n") + 1 == facts["items"],
            f"items.txt lists the {facts['items']} item(s) that the grant covered.",
            "items.txt is not the list of items that the grant covered.",
        )
    ends = f"until {facts['ends_at']}" if facts["ends_at"] else "until it is withdrawn"
    report.note(
        f"Granted on {facts['at']} for {', '.join(facts['channels'])} in {', '.join(facts['markets'])}, {ends}."
    )
    for number, entry in sorted(entries.items()):
        if entry["type"] in {"withdrawn", "expired", "superseded"} and entry["licence"] == licence["id"]:
            route = f" by {entry['route']}" if "route" in entry else ""
            report.note(f"Entry {number}: {entry['type']} on {entry['at']}{route}, for {entry['items']} item(s).")


def check_terms(pack, facts, report):
    if not facts.get("terms_sha256"):
        report.note(f"Terms: version {facts['terms_version'] or 'not stated'}; the entry names no text of them.")
        return
    path = f"terms/{facts['terms_sha256']}.txt"
    if path not in pack.files:
        report.note("Terms: their text is not in this pack; the entry names its hash.")
        return
    report.check(
        hashlib.sha256(pack.files[path]).hexdigest() == facts["terms_sha256"],
        f"{path} is the text of the terms that the entry names.",
        f"{path} is not the text of the terms that the entry names.",
    )


def plain(value):
    """Lists in order, for comparing."""
    return sorted(value) if isinstance(value, list) else value


def check_commitments(pack, entries, report):
    """Open the salted hashes, and compare the files with what they bind."""
    opened, bound_files, authors = set(), set(), []
    for opening in pack.json("commitments.json"):
        number, name = int(opening["event"]), opening["name"]
        sealed = entries.get(number, {}).get("commitments", {}).get(name, "")
        message = f"ledger.{name}\0{opening['document']}".encode()
        made = hmac.new(bytes.fromhex(opening["salt"]), message, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(made, sealed):
            report.bad(f"Entry {number} does not bind this {name}.")
            continue
        opened.add((number, name))
        document = parsed(opening["document"].encode(), f"the document of {name}")
        bound, files = hashes_in(document), set(opening["files"])
        if name == "author":
            authors.append(document)
        if name == "post":
            files |= {path for path in post_files(document["item"]) if path in pack.files}
        wrong = sorted(path for path in files if sha256_of(pack, path) not in bound)
        if wrong:
            report.bad(f"Entry {number} binds another {name} than {', '.join(wrong)}.")
        else:
            bound_files |= files
            report.good(f"Entry {number} binds the {name}" + files_named(sorted(files)) + ".")
    check_author(pack, authors, report)
    closed = [
        f"{name} of entry {number}"
        for number, facts in sorted(entries.items())
        for name in facts.get("commitments", {})
        if (number, name) not in opened
    ]
    if closed:
        report.note(f"Not opened by this pack (left out, changed since, or erased): {', '.join(closed)}.")
    unbound = sorted(path for path in pack.files if is_content(path) and path not in bound_files)
    if unbound:
        report.note(f"Bound by no entry, so nothing proves these: {', '.join(unbound)}.")


def check_author(pack, authors, report):
    """Whether the item names the author whom the entries bind; of several items the entries bind none by name."""
    records = [path for path in pack.under("items/") if path.endswith("/item.json")]
    if not authors or len(records) != 1:
        return
    (path,) = records
    report.check(
        pack.json(path).get("author") in authors,
        f"{path} names that author as the one who licensed it.",
        f"{path} names another author than the ledger's entries bind.",
    )


def post_files(item):
    return {f"items/{item}/{name}" for name in ("post.json", "title.txt", "text.txt")}


def is_content(path):
    """Whether a file says what somebody wrote or showed."""
    folder, _, name = path.rpartition("/")
    is_reply = folder.endswith("/replies")
    return is_reply or "/media" in folder or name in {"post.json", "title.txt", "text.txt", "message.txt"}


def files_named(paths):
    return f" ({', '.join(paths)})" if paths else ""


def hashes_in(value):
    if isinstance(value, dict):
        return {found for entry in value.values() for found in hashes_in(entry)}
    if isinstance(value, list):
        return {found for entry in value for found in hashes_in(entry)}
    return {value} if isinstance(value, str) else set()


def sha256_of(pack, path):
    return hashlib.sha256(pack.files[path]).hexdigest() if path in pack.files else None


# --- heads kept earlier ---------------------------------------------------------------------------


def check_kept_head(pack, head, keys, kept, proofs, report):
    size, now = kept["tree_size"], head["tree_size"]
    if kept["log"] != head["log"]:
        report.bad("The head that you kept belongs to another ledger.")
        return
    if not is_signed(kept, keys):
        report.bad("The head that you kept is not signed by a key of this ledger.")
        return
    (first, one), (second, two) = sorted(((size, kept["root_hash"]), (now, head["root_hash"])))
    if first == second:
        report.check(one == two, "It is the head that you kept.", "The ledger was FORKED: same size, another root.")
        return
    proof = next((entry for entry in proofs if (entry["first"], entry["second"]) == (first, second)), None)
    if proof is None:
        url = f"{pack.manifest['log_url']}consistency?first={first}&second={second}"
        report.bad(f"The head that you kept could not be compared. Fetch {url} and name the file with --consistency.")
        return
    path = [bytes.fromhex(step) for step in proof["path"]]
    report.check(
        extends(first, bytes.fromhex(one), second, bytes.fromhex(two), path),
        f"The ledger only grew between {first} and {second} entries: nothing before was altered.",
        "The ledger was FORKED: the longer one does not begin with the shorter one.",
    )


# --- the time stamp -------------------------------------------------------------------------------


def check_stamp(pack, keys, roots_file, report):
    if "stamp/response.tsr" not in pack.files:
        report.note("stamp: none in this pack. The time of the head is the ledger's own word.")
        return
    head = pack.json("stamp/head.json")
    if not is_signed(head, keys):
        report.bad("stamp: the stamped head is not validly signed.")
        return
    check_entries(pack, head, "stamp", report)
    try:
        import rfc3161_client as tsp
    except ImportError:
        report.note("stamp: not checked (install rfc3161-client to have it checked).")
        return
    if not roots_file:
        report.note("stamp: not checked (name the authority's root certificates with --tsa-roots).")
        return
    from cryptography import x509

    try:
        with open(roots_file, "rb") as file:
            roots = x509.load_pem_x509_certificates(file.read())
    except (OSError, ValueError) as error:
        raise Unreadable(f"{roots_file} holds no certificates") from error
    try:
        imprint, nonce = read_query(pack.files["stamp/request.tsq"])
        response = tsp.decode_timestamp_response(pack.files["stamp/response.tsr"])
        builder = tsp.VerifierBuilder()
        builder = builder if nonce is None else builder.nonce(nonce)
        for root in roots:
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(response, pack.files["stamp/head.json"])
        if imprint != sha256(pack.files["stamp/head.json"]):
            raise ValueError("the question was about something else")
    except (tsp.VerificationError, ValueError, IndexError, KeyError) as error:
        report.bad(f"stamp: it does not verify ({error}).")
        return
    at = response.tst_info.gen_time.strftime("%Y-%m-%d %H:%M:%S UTC")
    report.good(f"stamp: an authority signed that the head over {head['tree_size']} entries existed on {at}.")


def read_query(data):
    """Imprint and nonce of a TimeStampReq (RFC 3161, section 2.4.1), out of its DER."""
    _tag, body, _rest = der(data)
    _version, _body, rest = der(body)
    _tag, imprint, rest = der(rest)
    _algorithm, _body, hashed = der(imprint)
    nonce = None
    while rest:
        tag, value, rest = der(rest)
        if tag == 0x02:
            nonce = int.from_bytes(value, "big", signed=True)
    return der(hashed)[1], nonce


def der(data):
    """The first element: its tag, its content, and what follows."""
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    if start + length > len(data):
        raise ValueError("the question is damaged")
    return tag, data[start : start + length], data[start + length :]


# --- putting it together --------------------------------------------------------------------------


def verify(options):
    pack, report = Pack(options.pack), Report()
    print(f"Evidence pack of {pack.manifest['shop']}, licence {pack.manifest['licence']}\n")
    check_files(pack, report)
    keys = read_keys(pack, report)
    head = check_head(pack, keys, options.key, report)
    entries = check_entries(pack, head, "ledger", report)
    check_listed(pack, entries, report)
    check_licence(pack, entries, report)
    check_commitments(pack, entries, report)
    check_stamp(pack, keys, options.tsa_roots, report)
    proofs = list(pack.json("ledger/consistency.json"))
    for path in options.consistency:
        proofs.append(read_file(path))
    for path in options.head:
        check_kept_head(pack, head, keys, read_file(path), proofs, report)
    print()
    conclude(pack, head, entries, report, is_pinned=bool(options.key or options.head))
    return 1 if report.failed else 0


def conclude(pack, head, entries, report, *, is_pinned):
    if report.failed:
        print("NOT VERIFIED. Do not rely on this pack.")
        return
    print("VERIFIED.")
    print(
        "It proves: whoever holds the key below wrote these entries into the ledger before the head was signed, and the"
    )
    print("files named above are those that the entries bind.")
    print(
        "It does not prove: that the person who answered is who the platform says they are, that files which no entry"
    )
    print("binds are true, or what came after this head (a later withdrawal, say).")
    size, licence = head["tree_size"], pack.manifest["licence"]
    print(f"It cannot show what was left out of it: of the {size} entries under this head it holds {len(entries)},")
    print("and one that takes the permission back could be missing. Whoever relies on it asks the shop for a fresh")
    print(f"pack, or for all entries up to entry {size} that name {licence},")
    print(f"and checks that each is under the head: {pack.manifest['log_url']}proof")
    if not is_pinned:
        print(f"Compare the key with the one at {pack.manifest['log_url']}keys or with a head that somebody else kept:")
    print(f"key {head['key_id']}")


def read_file(path):
    try:
        with open(path, "rb") as file:
            document = parsed(file.read(), path)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read") from error
    if not isinstance(document, dict):
        raise Unreadable(f"{path} is no head and no proof")
    return document


def main(arguments):
    parser = argparse.ArgumentParser(description="Check an evidence pack of Vouchsafe offline.")
    parser.add_argument("pack", metavar="PACK.zip")
    parser.add_argument("--key", default="", metavar="KEY_ID", help="the key that must have signed the head")
    parser.add_argument("--head", action="append", default=[], metavar="FILE", help="a head that you kept earlier")
    parser.add_argument("--consistency", action="append", default=[], metavar="FILE", help="a proof fetched for it")
    parser.add_argument("--tsa-roots", default="", metavar="FILE", help="root certificates of the time stamp authority")
    options = parser.parse_args(arguments)
    try:
        return verify(options)
    except Unreadable as error:
        print(f"This cannot be read as an evidence pack: {error}.")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        print(f"This cannot be read as an evidence pack: something in it has another form ({type(error).__name__}).")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
