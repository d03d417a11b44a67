"""What secrets look like: the table of rules by vendor. How they are looked for is left to `secrets`.

A rule names the beginnings that its secrets have, at the start of a word, and a pattern that is tried
there only. Patterns have bounded repeats and no choice between ways to match, so that each try costs
little whatever the text is. A group `secret` is the secret, where the match is more than that.
"""

# ruff: noqa: E501 - a rule is a line

from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One kind of secret: its name in messages, its beginnings, and the pattern from there."""

    name: str
    starts: tuple[str, ...]
    pattern: str


_W = "[A-Za-z0-9_-]"
_A = "[A-Za-z0-9]"
_X = "[0-9a-f]"
_END = "(?![A-Za-z0-9])"


def _plain(name: str, starts: str, alphabet: str, least: int, most: int = 0) -> Rule:
    """A rule for secrets that are a beginning and so many characters of an alphabet."""
    words = tuple(starts.split())
    either = "|".join(word.replace(".", r"\.") for word in words)
    count = f"{{{least}}}{_END}" if most == -1 else f"{{{least},{most or 400}}}"
    return Rule(name, words, f"(?:{either}){alphabet}{count}")


RULES: Final = (
    # hosts of code
    _plain("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", _A, 36),
    _plain("github-token", "github_pat_", "[A-Za-z0-9_]", 60),
    _plain(
        "gitlab-token",
        "glpat- gldt- glrt- glptt- glft- glimt- glagent- gloas- glsoat- glffct- glcbt-",
        "[A-Za-z0-9_.-]",
        20,
    ),
    Rule("gitlab-runner-token", ("GR1348941",), f"GR1348941{_W}{{20,60}}"),
    _plain("atlassian-token", "ATATT3 ATCTT3", "[A-Za-z0-9_=-]", 60),
    _plain("bitbucket-token", "ATBB", _A, 24),
    # clouds
    Rule("aws-access-key", ("AKIA", "ASIA", "ABIA", "ACCA"), f"A(?:KI|SI|BI|CC)A[A-Z2-7]{{16}}{_END}"),
    _plain("aws-bedrock-key", "ABSK", "[A-Za-z0-9+/=]", 100),
    Rule("gcp-api-key", ("AIza",), rf"AIza{_W}{{35}}(?![A-Za-z0-9_-])"),
    _plain("gcp-oauth-secret", "GOCSPX-", _W, 24),
    _plain("gcp-access-token", "ya29.", _W, 24),
    Rule("gcp-service-account", ("private_key_id",), rf'private_key_id"?\s{{0,3}}:\s{{0,3}}"?(?P<secret>{_X}{{40}})'),
    _plain("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", _X, 64),
    _plain("alibaba-access-key", "LTAI", _A, 16, -1),
    _plain("tencent-secret-id", "AKID", _A, 32, -1),
    _plain("heroku-key", "HRKU-", _W, 30),
    _plain("flyio-token", "fm2_ fm1r_", "[A-Za-z0-9+/=_-]", 60),
    _plain("netlify-token", "nfp_", _A, 36),
    _plain("supabase-token", "sbp_", _X, 40),
    _plain("supabase-key", "sb_secret_", _W, 24),
    _plain("planetscale-token", "pscale_tkn_ pscale_pw_ pscale_oauth_", "[A-Za-z0-9_.=-]", 32),
    _plain("databricks-token", "dapi", _X, 32),
    _plain("pulumi-token", "pul-", _X, 40, -1),
    _plain("vault-token", "hvs. hvb. hvr.", _W, 24),
    _plain("doppler-token", "dp.pt. dp.st. dp.ct. dp.sa.", "[A-Za-z0-9.]", 40),
    _plain("tailscale-key", "tskey-", _W, 24),
    # models
    _plain("anthropic-key", "sk-ant-", _W, 32),
    _plain("openrouter-key", "sk-or-v1-", _X, 64),
    _plain("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None-", _W, 32),
    Rule("openai-key", ("sk-",), rf"sk-{_A}{{32,200}}{_END}"),
    _plain("huggingface-token", "hf_ api_org_", _A, 34),
    _plain("groq-key", "gsk_", _A, 48),
    _plain("xai-key", "xai-", _A, 64),
    _plain("replicate-token", "r8_", _A, 37),
    _plain("perplexity-key", "pplx-", _A, 40),
    # messages
    _plain("slack-token", "xoxa- xoxb- xoxp- xoxr- xoxs- xoxe- xoxe. xoxc- xoxd- xapp-", "[A-Za-z0-9.%-]", 20),
    Rule("slack-webhook", ("hooks.slack.com/",), r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9+/]{30,100})"),
    Rule("discord-webhook", ("discord.com/api/webhooks/", "discordapp.com/api/webhooks/"), rf"discord(?:app)?\.com/api/webhooks/\d{{15,20}}/(?P<secret>{_W}{{50,80}})"),
    Rule("discord-token", ("MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"), rf"[MNO]{_W}{{23,27}}\.{_W}{{6}}\.{_W}{{27,40}}(?![A-Za-z0-9_.-])"),
    Rule("teams-webhook", ("webhook.office.com/",), r"webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/(?P<secret>[0-9a-f]{32}/[0-9a-f-]{36})"),
    _plain("twilio-key", "SK", _X, 32, -1),
    Rule("sendgrid-key", ("SG.",), rf"SG\.{_W}{{16,32}}\.{_W}{{32,64}}"),
    Rule("mailgun-key", ("key-",), rf"key-{_X}{{32}}{_END}"),
    _plain("brevo-key", "xkeysib- xsmtpsib-", "[A-Za-z0-9-]", 64),
    # money and shops
    _plain("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", _A, 20),
    _plain("stripe-webhook-secret", "whsec_", "[A-Za-z0-9+/=]", 32),
    _plain("shopify-token", "shpat_ shpca_ shppa_ shpss_", "[0-9a-fA-F]", 32),
    _plain("square-token", "sq0atp- sq0csp-", _W, 22),
    _plain("square-token", "EAAA", _W, 60),
    _plain("easypost-key", "EZAK EZTK", _A, 54),
    _plain("shippo-token", "shippo_live_ shippo_test_", _X, 40),
    # packages and builds
    _plain("npm-token", "npm_", _A, 36),
    _plain("pypi-token", "pypi-AgEI pypi-AgEN", _W, 50),
    _plain("rubygems-key", "rubygems_", _X, 48),
    _plain("docker-token", "dckr_pat_ dckr_oat_", _W, 27),
    _plain("circleci-token", "CCIPAT_ CCIPRJ_", "[A-Za-z0-9_]", 40),
    _plain("buildkite-token", "bkua_", _X, 40),
    _plain("sonar-token", "squ_ sqp_ sqa_", _X, 40),
    _plain("artifactory-key", "AKCp", _A, 60),
    # watching
    _plain("grafana-token", "glsa_ glc_", "[A-Za-z0-9_+/=]", 32),
    _plain("sentry-token", "sntrys_ sntryu_", "[A-Za-z0-9_+/=]", 40),
    _plain("newrelic-key", "NRAK- NRII- NRJS-", "[A-Za-z0-9_-]", 19),
    _plain("dynatrace-token", "dt0c01.", "[A-Z0-9.]", 80),
    # work
    _plain("linear-key", "lin_api_ lin_oauth_", _A, 32),
    _plain("notion-token", "ntn_", _A, 40),
    _plain("notion-token", "secret_", _A, 43, -1),
    _plain("figma-token", "figd_ figu_", _W, 36),
    _plain("postman-key", "PMAK-", "[0-9a-f-]", 50),
    Rule("airtable-token", ("pat",), rf"pat{_A}{{14}}\.{_X}{{64}}"),
    _plain("contentful-token", "CFPAT-", _W, 40),
    _plain("1password-token", "ops_eyJ", "[A-Za-z0-9+/=_-]", 80),
    _plain("age-key", "AGE-SECRET-KEY-1", "[A-Z0-9]", 58),
    # forms that many use
    Rule("json-web-token", ("eyJ",), rf"(?<![A-Za-z0-9_-])eyJ{_W}{{8,4000}}\.eyJ{_W}{{8,4000}}\.{_W}{{10,2000}}"),
    Rule("private-key", ("-----BEGIN ",), r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    Rule("putty-private-key", ("PuTTY-User-Key-File-",), r"PuTTY-User-Key-File-\d: [^\s]{3,40}"),
)  # fmt: skip
"""Where two rules begin alike, the longer beginning counts."""

ANYWHERE: Final = (
    Rule("azure-storage-key", ("AccountKey=",), r"AccountKey=(?P<secret>[A-Za-z0-9+/]{40,90}={0,2})"),
    Rule("azure-shared-access-key", ("SharedAccessKey=",), r"SharedAccessKey=(?P<secret>[A-Za-z0-9+/]{40,90}={0,2})"),
    Rule("azure-sas", ("sig=",), r"(?<=[?&;\s\"'])sig=(?P<secret>(?:[A-Za-z0-9+/]|%[0-9A-Fa-f]{2}){43,120}={0,2})"),
    Rule("azure-client-secret", ("Q~",), r"(?<=[A-Za-z0-9_.~-]{3}\d)Q~[A-Za-z0-9_.~-]{31,40}"),
    Rule("telegram-token", (":AA",), rf"(?<=\d{{8}}):AA{_W}{{32,34}}(?![A-Za-z0-9_-])"),
    Rule("terraform-token", (".atlasv1.",), rf"\.atlasv1\.{_W}{{60,80}}"),
    Rule("mailchimp-key", ("-us",), rf"(?<={_X}{{32}})-us\d{{1,2}}{_END}"),
    Rule("url-with-password", ("://",), r"://[^\s:/@\"'`<>?#]{0,64}:(?P<secret>[^\s@/\"'`<>?#]{3,128})@[A-Za-z0-9\[$<{]"),
    Rule("bearer-token", ("earer ",), r"earer (?P<secret>[A-Za-z0-9_.~+/-]{20,400}={0,2})"),
    Rule("basic-credentials", ("asic ",), r"asic (?P<secret>[A-Za-z0-9+/]{12,200}={0,2})(?![A-Za-z0-9+/=])"),
)  # fmt: skip
"""Rules whose beginning may stand anywhere. They are few, because each costs a search of its own."""
