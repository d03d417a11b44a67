"""Secrets: what is found and what is not, on labelled lines.

No whole secret stands here: they are made from their shapes, each time the same.
"""

import json
import os
import random
import re
import string
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gitanchor.storage.secrets import scanner
from tests.importing.test_chats import chatgpt
from tests.repositories import SEEDS, Repo, Result
from tests.variants import first

ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "B": string.ascii_letters + string.digits + "+/",
    "D": string.digits,
    "L": string.ascii_letters,
    "x": string.ascii_lowercase + string.digits,
    "Y": string.ascii_uppercase + string.digits,
    "U": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "W": string.ascii_letters + string.digits + "_-",
    "X": "0123456789abcdef",
}
SHAPES = """
github ghp_{A36} | gho_{A36} | ghs_{A36} | github_pat_{A22}_{A59}
gitlab glpat-{A20} | gldt-{A20} | glrt-{A20} | GR1348941{A20}
aws AKIA{U16} | ASIA{U16} | aws_secret_access_key = {B40} | AWS_SECRET_ACCESS_KEY={B40}
azure-storage AccountKey={B86}== | DefaultEndpointsProtocol=https;AccountName=rain;AccountKey={B86}==;EndpointSuffix=core.windows.net | AZURE_STORAGE_KEY={B86}==
azure-sas https://rain.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig={B43}%3D | SharedAccessSignature sr=x&sig={B43}%3D&se=1
azure-connection Endpoint=sb://rain.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={B43}= | Server=tcp:db;User ID=sa;Password={A14}!7a;
azure-client {A3}8Q~{A34}
gcp AIza{A35} | GOCSPX-{A28} | ya29.{A60} | "private_key_id": "{X40}"
openai sk-{A48} | sk-proj-{W74} | sk-svcacct-{W74}
anthropic sk-ant-api03-{W93}AA | sk-ant-oat01-{W93}AA
openrouter sk-or-v1-{X64}
huggingface hf_{L34} | HF_TOKEN=hf_{L34}
slack xoxb-{D11}-{D12}-{A24} | xoxp-{D11}-{D11}-{D12}-{X32} | https://hooks.slack.com/services/T{U8}/B{U8}/{A24}
stripe sk_live_{A24} | sk_test_{A24} | rk_live_{A24} | whsec_{A32}
npm npm_{A36} | //registry.npmjs.org/:_authToken=npm_{A36}
pypi pypi-AgEIcHlwaS5vcmc{W80}
twilio SK{X32} | TWILIO_AUTH_TOKEN={X32}
sendgrid SG.{W22}.{W43}
mailgun key-{X32} | MAILGUN_API_KEY={X32}-{X8}-{X8}
digitalocean dop_v1_{X64}
databricks dapi{X32}
discord MTA{A21}.G{A5}.{W38} | https://discord.com/api/webhooks/{D18}/{W68}
telegram {D10}:AA{W33}
shopify shpat_{X32} | shpss_{X32}
square sq0atp-{W22} | sq0csp-{W43}
atlassian ATATT3{A180}
docker dckr_pat_{W27}
vault hvs.{A24} | hvb.{A90}
age AGE-SECRET-KEY-1{U58}
linear lin_api_{A40}
notion ntn_{A46} | secret_{A43}
jwt eyJ{A34}.eyJ{A60}.{W43}
private-key -----BEGIN RSA PRIVATE KEY----- | -----BEGIN OPENSSH PRIVATE KEY----- | -----BEGIN PRIVATE KEY----- | -----BEGIN PGP PRIVATE KEY BLOCK-----
url https://ada:{A12}@example.com/x.git | postgres://app:{A16}@db.internal:5432/rain | mongodb+srv://app:{A16}@cluster0.mongodb.net
grafana glsa_{A32}_{X8}
newrelic NRAK-{U27}
sentry sntrys_{A80}
figma figd_{W40}
postman PMAK-{X24}-{X34}
airtable pat{A14}.{X64}
supabase sbp_{X40}
groq gsk_{A52}
rubygems rubygems_{X48}
header Authorization: Bearer {A40} | -H 'Authorization: Basic {B24}=='
password PASSWORD={A10}4x | DB_PASSWORD='{A12}7!' | export PGPASSWORD={A10}3q | password: {A14}5b | "password": "{A12}9!" | --password {A12}1c | The password is `{A10}8!`
keyword API_KEY={A32} | "client_secret": "{A36}" | auth_token: {A30} | SECRET_KEY = '{A50}' | CLIENT_SECRET={A34}
"""
FRAMES = ("{}", "It works with {} on the other machine.", "- Needs `{}` in the environment")

BENIGN_SHAPES = """
{X40} | commit {X40} | {X10} | {X7} is the merge | at `{X40}` | sha256:{X64} | sha512-{B86}== | integrity sha384-{B64}
{X8}-{X4}-4{X3}-a{X3}-{X12} | tenant {X8}-{X4}-4{X3}-b{X3}-{X12} | AZURE_TENANT_ID={X8}-{X4}-4{X3}-9{X3}-{X12}
subscription_id: {X8}-{X4}-4{X3}-9{X3}-{X12} | sha1 {X40} run{D5}.log | md5: {X32} | sha256 = {X64} | Image nginx@sha256:{X64}
{D10} | order {D12} | 10.0.{D2}.{D2} | port {D4} | v1.{D2}.{D3} | index {X7}..{X7} 100644 | tree {X40}
"integrity": "sha512-{B86}==" | {U26} | build-{X12} | blob {X64} | cache-key-{X16} | etag "{X32}" | --hash=sha256:{X64}
"""
BENIGN = """
Weak password: "Password must be at least 8 characters"
error = "Password must contain 1 uppercase letter and 2 digits"
PASSWORD_HINT = "Use 12 characters or more, 1 of them a sign"
password: 'Please enter your password (min. 8 chars)'
"password": "Enter Your New Password, 8 to 64 letters"
secret: "The secret is kept in Vault, see page 12 of the runbook"
token = "Token expired after 15 minutes, ask for a new one"
API_KEY_MISSING="Set the API key in Settings > Keys (step 3)"
passwordError: "Your password needs 1 number!"
const password = req.body.password2;
password = self.cleaned_data.password1
password: userForm.value.password1
pwd = cfg.Database.Pwd2
PASSWORD = settings.DB2.password
apiKey: import.meta.env.VITE_API_KEY2
token = response.data.accessToken2
token: this.authService.getToken2()
secret = config.get_secret2
client_secret: ${oauth.clientSecret2}
password=formData.get("password1")
password = hash_password2(plain)
password => $request->input('password1')
password = params[:password1]
password = @user.password_digest2
passwd = pwd.getpwnam2
password: Yup.string().min(8).max(64)
password = models.CharField(max_length=128)
Passwort: "Das Passwort muss mindestens 8 Zeichen haben"
Mot de passe : "Le mot de passe doit contenir 8 caractères"
contraseña: "La contraseña debe tener 8 caracteres"
senha: "A senha precisa de 8 caracteres e 1 número"
пароль: "Пароль должен быть не короче 8 символов"
Password：“密码至少 8 位”
The password field now says "Must be 8+ characters".
| password | At least 12 characters, 1 digit | required |
token: "Tokens are valid for 24h, then log in again"
DB_PASSWORD: "see 1Password, vault Team 2"
secret_key: "rotate it every 90 days (OPS-12)"
password is now checked by zxcvbn 4.4.2
password strength: 3 of 4
passwordRules: "minlength: 8; required: lower; required: digit"
"api_key": "API keys start with 2 letters, then 30 digits"
PWD: "/home/ann/work2"
password = passwords[index2]
password = ask("Password (again, 2nd time): ")
auth: "Basic auth is off since v2.3, use OAuth2"
credentials: "Ask Ann for the login of stage 2"
pass: "All 214 tests pass on Python 3.12"
password_reset: "Reset link is valid for 30 minutes"
token_type: "Bearer token, RFC 6750"
SP_PASSWORD
`SP_PASSWORD`, `SP_CLIENT_ID` and `SP_TENANT` are set
Needs SP_PASSWORD in the environment
SP_PASSWORD=
PASSWORD=$SP_PASSWORD
PASSWORD=${SP_PASSWORD}
password: ${{ secrets.DB_PASSWORD }}
PASSWORD=$(az keyvault secret show --name db)
export TOKEN="$GITHUB_TOKEN"
token = os.environ["GITHUB_TOKEN"]
password = getpass.getpass("Password: ")
password=os.getenv('DB_PASSWORD')
api_key = config.get("api_key")
API_KEY=<your key>
API_KEY=your-key-here
API_KEY=YOUR_API_KEY
api_key: "xxxxxxxxxxxxxxxxxxxx"
GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
OPENAI_API_KEY=sk-...
PASSWORD=changeme
PASSWORD=********
PASSWORD=<password>
password: "[redacted]"
SSH key: ~/.ssh/id_ed25519
Key: ~/.ssh/deploy_key
SSH_KEY_PATH=/home/ada/.ssh/id_rsa
private_key: /etc/ssl/private/server.key
key_file=/etc/ssl/private/server.pem
IdentityFile ~/.ssh/id_ed25519_work
Server: 192.168.178.20
ssh ada@10.0.0.5
2001:db8::ff00:42:8329
https://example.com/path?page=2
https://ada@example.com/x.git
postgres://localhost:5432/rain
postgres://${USER}:${PASSWORD}@db/rain
https://user:password@example.com
https://<user>:<token>@example.com
git@github.com:ada/station.git
max_tokens: 4096
token limit is 128000
The token expires on 2026-03-01
The password is in the vault
password: see 1Password
Password: required
password reset works again
The secret is kept in Key Vault
secret name: db-password
secretName: rain-gauge-tls
tokenizer = AutoTokenizer.from_pretrained(model)
keyboard: ISO105
primary key: station_id
foreign_key = "station_2_id"
cache key: v1-linux-py312
sort_key=created_at_2
key = lambda item: item[1]
public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJkb3duc3RhdGlvbmtleWZvcnRlc3Q
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
AKIAIOSFODNN7EXAMPLE
Azure CLI 2.60 and Python 3.11
branch step8-dev
src/auth/token_store.py
tests/test_password_reset.py:42
Bearer tokens are not logged
Basic authentication was removed
pass 12 of 14
bypass=true
monkey=banana2000banana
author: Ada Lovelace
authentication = disabled
The API key has 40 characters
Rotate the API key before Friday
Use a token with the scope write_repository
credentials: ~/.aws/credentials
AWS_PROFILE=rain-dev
AZURE_STORAGE_ACCOUNT=raingauge01
token_type=bearer
token_url=https://login.example.com/oauth2/token
password_hash = sha256(password)
if password == expected_password:
def check(password: str, token: str | None = None) -> bool:
password = None
"password": null,
DB_PASSWORD is missing on the CI machine
npm_config_cache=/tmp/npm-cache
pypi-publish
sk-learn 1.5
skip-this-long-name-of-a-test-that-nobody-reads
test_secret_is_masked_in_output_of_add
data:image/png;base64,iVBORw0KGgo
"""  # fmt: skip


def made(shape: str, chance: random.Random) -> str:
    """A text of a shape: `{X40}` is forty characters of the alphabet X."""
    return re.sub(
        r"\{([A-Za-z])(\d+)\}",
        lambda hole: "".join(chance.choices(ALPHABETS[hole[1]], k=int(hole[2]))),
        shape,
    )


def labelled_secrets() -> list[tuple[str, str]]:
    """Vendors, and lines that hold a secret of theirs."""
    chance = random.Random(35)
    found = []
    for row in SHAPES.strip().splitlines():
        vendor, _, shapes = row.partition(" ")
        for shape in shapes.split(" | "):
            found += [(vendor, frame.format(made(shape, chance))) for frame in FRAMES]
    return found


def benign_lines() -> list[str]:
    """Lines without a secret; those of the seeds come on top."""
    chance = random.Random(36)
    shapes = [shape for row in BENIGN_SHAPES.strip().splitlines() for shape in row.split(" | ")]
    lines = [made(shape, chance) for shape in shapes for _ in range(7)]
    return lines + BENIGN.strip().splitlines()


def seeds() -> list[str]:
    return [path.read_text("utf-8", "replace") for path in sorted(SEEDS.glob("*.txt"))]


@pytest.mark.unit
def test_the_labelled_sets_are_as_large_as_they_should_be() -> None:
    found = labelled_secrets()
    assert len(found) >= 150
    assert len({vendor for vendor, _ in found}) > 25
    assert len(set(benign_lines())) >= 300


@pytest.mark.unit
def test_of_the_labelled_secrets_nearly_all_are_found() -> None:
    found = labelled_secrets()
    missed = [pair for pair in found if not scanner.scan(pair[1])]
    assert len(missed) <= 0.05 * len(found), missed
    assert len({vendor for vendor, _ in missed}) <= 2, missed


@pytest.mark.unit
def test_of_the_benign_lines_nearly_none_is_taken_for_a_secret() -> None:
    lines = benign_lines()
    wrong = [line for line in lines if scanner.scan(line)]
    assert len(wrong) <= 0.03 * len(lines), wrong
    assert wrong == []


@pytest.mark.unit
def test_nothing_is_found_in_the_seeds() -> None:
    texts = seeds()
    assert texts
    for text in texts:
        assert scanner.scan(text) == []
        assert [line for line in text.splitlines() if scanner.scan(line)] == []


@pytest.mark.unit
@pytest.mark.parametrize(("vendor", "line"), labelled_secrets()[::5])
def test_a_finding_never_shows_the_secret(vendor: str, line: str) -> None:
    for finding in scanner.scan(line):
        if vendor != "private-key":
            assert len(finding.masked) <= 9
            assert finding.masked not in line
        assert re.fullmatch("[0-9a-f]{6}", finding.id)


@pytest.mark.unit
def test_a_finding_tells_its_place_and_keeps_its_id() -> None:
    token = made("ghp_{A36}", random.Random(1))
    first = scanner.scan(f"one\n  two {token}\n{token}")
    assert [(each.line, each.column, each.rule) for each in first] == [
        (2, 7, "github-token"),
        (3, 1, "github-token"),
    ]
    assert len({each.id for each in first}) == 1
    assert first[0].masked == f"ghp_…{token[-4:]}"
    assert scanner.scan(f"é İ {token}")[0].id == first[0].id


@pytest.mark.unit
@pytest.mark.parametrize("part", ["ghp_", "-eyJ", "token=", "password: a", "://a:", "sk-ant-", "key"])
def test_the_time_grows_with_the_length_only(part: str) -> None:
    text = part * (60_000 // len(part))
    begun = time.process_time()
    scanner.scan(text)
    assert time.process_time() - begun < 2


# The commands ------------------------------------------------------------------------------------


TOKEN = made("ghp_{A36}", random.Random(2))
ID = scanner.scan(TOKEN)[0].id
SHOWN = f"github-token ghp_…{TOKEN[-4:]} (--allow-secret {ID})"
REFUSED = (
    "error: 1 secret found: nothing was written; take it out, or let it pass with --allow-secret ID\n"
)
ANSWER = f"""\
Resume from anchor: [Rain]
Context: it rains
Current milestone: measured
Next action: push with {TOKEN}
Dependencies: none
"""


def is_nowhere(repo: Repo, besides: str = "") -> bool:
    """Whether no file of the worktree or of git's folder holds the token."""
    files = [path for path in repo.root.rglob("*") if path.is_file() and path.name != besides]
    return not any(TOKEN.encode() in path.read_bytes() for path in files)


def refused(result: Result, place: str) -> bool:
    return result == Result(6, "", f"error: {place}: {SHOWN}\n{REFUSED}")


def test_add_by_options_is_refused_until_it_is_allowed(repo: Repo) -> None:
    command = ("add", "Rain", "-c", "one\ntwo", "-n", f"push\nwith {TOKEN}")
    assert refused(repo.anchor(*command), "Rain, Next action:2:6")
    assert is_nowhere(repo)
    assert repo.files() == []
    assert repo.anchor(*command, "--allow-secret", "000000").status == 6
    repo.ok(*command, "--allow-secret", "000000", "--allow-secret", ID)
    assert TOKEN in repo.read(repo.files()[0])
    repo.ok("done", "-m", "pushed")
    repo.ok("edit", "-c", "three")


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", TOKEN, "-c", "c"),
        ("add", "-c", TOKEN),
        ("add", "-m", TOKEN),
        ("add", "-c", "c", "-d", "a key", "-d", TOKEN),
        ("add", "-c", "c", "--done-when", f"file:{TOKEN}"),
        ("add", "-c", f"AZURE_KEY is {TOKEN}", "--commit"),
    ],
)
def test_add_looks_at_each_field(repo: Repo, arguments: tuple[str, ...]) -> None:
    result = repo.anchor(*arguments)
    assert (result.status, result.out) == (6, "")
    assert TOKEN not in result.err
    assert is_nowhere(repo)


def test_add_from_a_file_or_standard_input_keeps_nothing(repo: Repo) -> None:
    assert refused(repo.anchor("add", "-F", "-", stdin=ANSWER), "standard input:4:24")
    assert is_nowhere(repo)
    utf16 = repo.anchor("add", "-F", "-", "-y", stdin=ANSWER.encode("utf-16"))
    assert utf16.status == 6
    no_anchor = repo.anchor("add", "-F", "-", stdin=f"nothing but {TOKEN}\n")
    assert refused(no_anchor, "standard input:1:13")
    assert is_nowhere(repo)
    repo.ok("add", "-F", "-", "--allow-secret", ID, stdin=ANSWER)


def test_what_was_written_in_the_editor_stays_there(repo: Repo) -> None:
    editor = repo.write("../edit.sh", f'sed -i "s/^Context:.*/&\\nwith {TOKEN}/" "$1"\n')
    for command in (("add", "Rain"), ("edit",)):
        if command == ("edit",):
            repo.ok("add", "Rain", "-c", "c")
        result = repo.run("git", "anchor", *command, GIT_EDITOR=f"sh '{editor}'")
        assert result.status == 6
        assert SHOWN in result.err
        kept = re.search(r"your text is still in '(.*)'\n$", result.err)
        assert kept is not None
        form = repo.root / kept[1]
        assert TOKEN in form.read_text()
        assert is_nowhere(repo, form.name)
        form.unlink()


def test_edit_and_done_are_refused(repo: Repo) -> None:
    repo.ok("add", "Rain", "-c", "c")
    assert refused(repo.anchor("edit", "-c", TOKEN), "Rain, Context:1:1")
    assert refused(repo.anchor("done", "-m", TOKEN), "Rain, outcome:1:1")
    assert is_nowhere(repo)
    repo.ok("done", "-m", TOKEN, "--allow-secret", ID)


def test_imports_are_refused_whole(repo: Repo) -> None:
    repo.write("../good.md", "Resume from anchor: [Good]\nContext: c\n")
    repo.write("../bad.md", ANSWER)
    command = ("import", "../good.md", "../bad.md")
    assert refused(repo.anchor(*command), "../bad.md:4:24")
    assert repo.files() == []
    assert is_nowhere(repo)
    repo.ok(*command, "--allow-secret", ID)
    assert len(repo.files()) == 2


def test_a_history_is_refused_whole(repo: Repo) -> None:
    repo.commit("Good", {"log.md": "Resume from anchor: [Good]\nContext: c\n"})
    repo.commit("Bad", {"log.md": ANSWER})
    result = repo.anchor("import", "--history", "log.md")
    assert refused(result, "Rain, Next action:1:11")
    assert repo.files() == []
    repo.ok("import", "--history", "log.md", "--allow-secret", ID)
    assert len(repo.files()) == 2


def test_an_export_of_chats_is_refused_whole(repo: Repo) -> None:
    good = "Resume from anchor: [Good]\nContext: c\n"
    said = [("user", "Anchor?", 0.0), ("assistant", good, 5.0), ("assistant", ANSWER, 9.0)]
    repo.write("../chats.json", json.dumps([chatgpt("Weather", *said)]))
    command = ("import", "--chats", "../chats.json")
    assert refused(repo.anchor(*command), "Rain, Next action:1:11")
    assert repo.files() == []
    assert is_nowhere(repo)
    repo.ok(*command, "--allow-secret", ID)
    assert len(repo.files()) == 2


def test_absorb_is_refused(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "Rain", "-c", "it rains")
    log = repo.read("GPT_Anchors_Log.md").replace("it rains", f"it rains {TOKEN}")
    repo.write("GPT_Anchors_Log.md", log)
    result = repo.anchor("absorb")
    assert (result.status, result.out) == (6, "")
    assert SHOWN in result.err
    assert is_nowhere(repo, "GPT_Anchors_Log.md")
    repo.ok("absorb", "--allow-secret", ID)
    assert TOKEN in repo.ok("show")


@pytest.mark.parametrize("where", first(["log", "anchor", "foreword"]))
def test_the_hook_refuses_a_commit_with_a_secret_until_it_is_allowed(repo: Repo, where: str) -> None:
    repo.ok("init")
    repo.ok("add", "Rain", "-c", "it rains")
    repo.git("add", ".")
    repo.commit("Anchor")
    path = repo.files()[0] if where == "anchor" else "GPT_Anchors_Log.md"
    text = repo.read(path)
    found = "it rains" if where != "foreword" else "\n"
    repo.write(
        path, text.replace(found, f"{found} {TOKEN}\n" if where == "foreword" else f"{found} {TOKEN}", 1)
    )
    head = repo.git("rev-parse", "HEAD")
    for command in (["-a"], [path]):
        result = repo.run("git", "commit", "-q", "-m", "x", *command)
        assert result.status == 1
        assert SHOWN in result.err
        assert TOKEN not in result.err
        assert result.err.endswith("or let it pass with 'git anchor scan --allow-secret ID'\n")
    assert repo.git("rev-parse", "HEAD") == head
    assert repo.anchor("scan").status == 6
    repo.ok("scan", "--allow-secret", ID)
    repo.git("commit", "-qam", "x")
    repo.write("other", "x")
    repo.git("add", ".")
    repo.ok("add", "Snow", "-c", "it snows")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Next")


def test_what_came_from_another_clone_is_not_in_the_way(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "Rain", "-c", f"it rains {TOKEN}", "--allow-secret", ID, "--commit")
    (repo.root / ".git/gitanchor/allowed-secrets").unlink()
    repo.ok("add", "Snow", "-c", "it snows")
    repo.ok("done", "Rain")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Next")


def test_scan_looks_at_anchors_the_log_and_files(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "Rain", "-c", "c")
    assert repo.ok("scan") == "no secret in 4 files\n"
    repo.write("notes.md", f"a\n{TOKEN}\n")
    assert repo.anchor("scan", "notes.md").err.startswith(f"error: notes.md:2:1: {SHOWN}\n")
    assert repo.anchor("scan", "-", stdin=TOKEN).status == 6


# gitleaks ----------------------------------------------------------------------------------------


FAKE = """\
#!{python}
import json, re, sys
arguments = sys.argv[1:]
if arguments[0] not in {ways}:
    sys.exit("Error: unknown command")
assert "--report-format=json" in arguments
assert not [each for each in arguments if "repo" in each and not each.startswith("--report")]
text = sys.stdin.read()
report = [
    {{"RuleID": "acme-key", "StartLine": 0, "Match": "x" + each, "Secret": each}}
    for each in re.findall("acme[0-9]+[a-z]+", text)
]
with open("{calls}", "a") as calls:
    calls.write(arguments[0] + "\\n")
with open("/dev/stdout", "w") as out:
    out.write({printed})
"""


@pytest.fixture
def fake(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a program called gitleaks on PATH, which takes the options of some version."""

    def put(ways: list[str], printed: str = "json.dumps(report)") -> Path:
        folder = repo.root.parent / "bin"
        folder.mkdir()
        calls = folder / "calls"
        script = FAKE.format(python=sys.executable, ways=ways, calls=calls, printed=printed)
        (folder / "gitleaks").write_text(script)
        (folder / "gitleaks").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return calls

    return put


@pytest.mark.parametrize("way", ["stdin", "detect"])
def test_gitleaks_is_asked_as_well(repo: Repo, fake: Callable[..., Path], way: str) -> None:
    calls = fake([way])
    word = "tqvbnhzkwpxymrdlcgqqqq"
    result = repo.anchor("add", "Rain", "-c", "ok", "-n", f"use acme9317{word} with {TOKEN}")
    assert result.status == 6
    first, second, last = result.err.splitlines()
    assert re.fullmatch(
        r"error: Rain, Next action:1:5: gitleaks:acme-key acme…qqqq \(--allow-secret \w{6}\)", first
    )
    assert second == f"error: Rain, Next action:1:41: {SHOWN}"
    assert last.startswith("error: 2 secrets found: nothing was written")
    assert set(calls.read_text().split()) == {way}
    assert repo.files() == []
    allowed = re.findall(r"(--allow-secret) (\w{6})\)", result.err)
    repo.ok("add", "Rain", "-c", f"acme9317{word}", *(part for pair in allowed for part in pair))
    (repo.root / ".git/gitanchor/allowed-secrets").unlink()
    repo.ok("edit", "-n", "n")


@pytest.mark.parametrize("printed", ["''", "'no JSON'", "'{}'", "sys.exit(3)"])
def test_where_gitleaks_cannot_be_run_our_rules_stand_alone(
    repo: Repo, fake: Callable[..., Path], printed: str
) -> None:
    fake(["stdin", "detect"], printed)
    assert refused(repo.anchor("add", "Rain", "-c", TOKEN), "Rain, Context:1:1")
    repo.ok("add", "Rain", "-c", "it rains")


@pytest.mark.unit
def test_of_a_private_key_no_more_is_shown_than_the_longest_usual_first_line() -> None:
    odd = f"-----BEGIN {'ABCDEFGHIJKL ' * 3}PRIVATE KEY-----"
    (found,) = scanner.scan(f"{odd}\nMIIE\n")
    assert found.masked == "-----BEGIN ABCDEFGHIJKL ABCDEFGHIJKL …"
