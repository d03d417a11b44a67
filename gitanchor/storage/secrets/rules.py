"""The forms of secrets: the table of rules by vendor. `scanner` applies them.

A rule has the prefixes of its secrets, which are at the start of a word, and a pattern that is tried
only there. Patterns have bounded repeats and can match in one way only, so that each try is cheap
whatever the text is. If the match is more than the secret, the group `secret` is the secret.
"""

# ruff: noqa: E501 - a rule is a line

from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One kind of secret: its name in messages, its prefixes, and the pattern, prefix included."""

    name: str
    starts: tuple[str, ...]
    pattern: str


_W = "[A-Za-z0-9_-]"
_A = "[A-Za-z0-9]"
_X = "[0-9a-f]"
_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_END = "(?![A-Za-z0-9])"


def _plain(name: str, starts: str, alphabet: str, least: int, most: int = 0) -> Rule:
    """Make a rule for secrets of a prefix and `least` to `most` characters of an alphabet.

    `starts` has the prefixes, separated by spaces. `most` 0 means 400, -1 means as many as `least`.
    """
    words = tuple(starts.split())
    either = "|".join(word.replace(".", r"\.") for word in words)
    count = f"{{{least}}}{_END}" if most == -1 else f"{{{least},{most or 400}}}"
    return Rule(name, words, f"(?:{either}){alphabet}{count}")


RULES: Final = (
    # code hosts
    _plain("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", _A, 36),
    _plain("github-token", "github_pat_", "[A-Za-z0-9_]", 60),
    _plain(
        "gitlab-token",
        "glpat- gldt- glrt- glrtr- glptt- glft- glimt- glagent- gloas- glsoat- glffct- glcbt- glwt- _gitlab_session=",
        "[A-Za-z0-9_.-]",
        20,
    ),
    Rule("gitlab-runner-token", ("GR1348941",), f"GR1348941{_W}{{20,60}}"),
    _plain("atlassian-token", "ATATT3 ATCTT3", "[A-Za-z0-9_=-]", 60),
    _plain("bitbucket-token", "ATBB", _A, 24),
    _plain("sourcegraph-token", "sgp_ slk_ sgd_", "[A-Za-z0-9_]", 40),
    _plain("gitea-token", "gta_", _X, 40),
    # clouds
    Rule("aws-access-key", ("AKIA", "ASIA", "ABIA", "ACCA"), f"A(?:KI|SI|BI|CC)A[A-Z2-7]{{16}}{_END}"),
    _plain("aws-bedrock-key", "ABSK bedrock-api-key-", "[A-Za-z0-9+/=]", 100),
    Rule("aws-access-key", ("A3T",), rf"A3T[A-Z0-9][A-Z2-7]{{16}}{_END}"),
    Rule("gcp-api-key", ("AIza",), rf"AIza{_W}{{35}}(?![A-Za-z0-9_-])"),
    _plain("gcp-oauth-secret", "GOCSPX-", _W, 24),
    _plain("gcp-access-token", "ya29.", _W, 24),
    _plain("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", _X, 64),
    Rule("alibaba-access-key", ("LTAI",), rf"LTAI{_A}{{12,20}}{_END}"),
    _plain("cloudflare-origin-key", "v1.0-", "[0-9a-f-]", 100),
    _plain("clickhouse-key", "4b1d", _A, 38, -1),
    _plain("aiven-token", "aivenv1_", _W, 24),
    _plain("neon-key", "napi_", _A, 40),
    _plain("render-key", "rnd_", _A, 24),
    _plain("deno-token", "ddp_ ddo_", _A, 30),
    _plain("vercel-token", "vcp_ vci_ vck_ vca_ vcr_ vercel_blob_rw_", "[A-Za-z0-9_]", 24),
    _plain("scalingo-token", "tk-us-", _W, 48),
    _plain("scaleway-key", "SCW", "[A-Z0-9]", 17, -1),
    _plain("exoscale-key", "EXO", "[0-9a-f]", 24, -1),
    _plain("openshift-token", "sha256~", _W, 43),
    _plain("yandex-key", "AQVN t1.", "[A-Za-z0-9_.=-]", 35),
    _plain("yandex-access-key", "YCA YCP YCN YCM", _W, 36),
    _plain("ngrok-key", "ak_ cr_", _A, 27),
    _plain("backblaze-key", "K00", "[A-Za-z0-9+/]", 28, -1),
    _plain("defined-networking-key", "dnkey-", "[A-Za-z0-9=_-]", 60),
    _plain("zerotier-token", "ztc_", _A, 30),
    _plain("prefect-key", "pnu_ pnb_", _A, 36),
    _plain("infisical-token", "st.", "[0-9a-f.]", 60),
    _plain("settlemint-token", "sm_aat_ sm_pat_ sm_sat_", _A, 16),
    _plain("dbt-token", "dbtc_ dbts_ dbtu_", _W, 30),
    _plain("confluent-key", "cflt", "[A-Za-z0-9+/]", 56),
    _plain("infracost-key", "ico-", _A, 32, -1),
    _plain("harness-token", "pat. sat.", "[A-Za-z0-9_.-]", 60),
    _plain("octopus-key", "API-", "[A-Z0-9]", 25, 32),
    _plain("facebook-token", "EAAM EAAC EAAG EAAB EAAJ", _A, 80),
    _plain("typeform-token", "tfp_", "[A-Za-z0-9_.=-]", 59),
    _plain("okta-token", "SSWS", "[A-Za-z0-9_=-]", 40),
    _plain("encoded-private-key", "LS0tLS1CRUdJTiBSU0EgUFJJVkFUR LS0tLS1CRUdJTiBQUklWQVRF LS0tLS1CRUdJTiBFQyBQUklWQVRF LS0tLS1CRUdJTiBPUEVOU1NI LS0tLS1CRUdJTiBFTkNSWVBURUQ LS0tLS1CRUdJTiBEU0EgUFJJVkFUR", "[A-Za-z0-9+/=]", 20),
    _plain("tencent-secret-id", "AKID", _A, 32, -1),
    _plain("heroku-key", "HRKU-", _W, 30),
    _plain("flyio-token", "fm2_ fm1r_ fm1a_ fo1_", "[A-Za-z0-9+/=_-]", 43),
    _plain("netlify-token", "nfp_ nfc_ nfo_", _A, 36),
    _plain("supabase-token", "sbp_", _X, 40),
    _plain("supabase-key", "sb_secret_", _W, 24),
    _plain("planetscale-token", "pscale_tkn_ pscale_pw_ pscale_oauth_", "[A-Za-z0-9_.=-]", 32),
    _plain("databricks-token", "dapi", _X, 32),
    _plain("pulumi-token", "pul-", _X, 40, -1),
    _plain("vault-token", "hvs. hvb. hvr.", _W, 24),
    Rule("vault-token", ("s.",), rf"s\.(?=[A-Za-z]{{0,23}}[0-9]){_A}{{24}}(?![A-Za-z0-9.])"),
    _plain("doppler-token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", "[A-Za-z0-9.]", 40),
    _plain("tailscale-key", "tskey-", _W, 24),
    # models
    _plain("anthropic-key", "sk-ant-", _W, 32),
    _plain("openrouter-key", "sk-or-v1-", _X, 64),
    _plain("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None- sk-helicone-", _W, 32),
    Rule("openai-key", ("sk-",), rf"sk-{_A}{{32,200}}{_END}"),
    _plain("huggingface-token", "hf_ api_org_", _A, 34),
    _plain("groq-key", "gsk_", _A, 48),
    _plain("xai-key", "xai-", _A, 64),
    _plain("replicate-token", "r8_", _A, 37),
    _plain("perplexity-key", "pplx-", _A, 40),
    _plain("google-ai-key", "AQ.Ab", _W, 40),
    _plain("pinecone-key", "pcsk_", "[A-Za-z0-9_]", 40),
    _plain("langsmith-key", "lsv2_pt_ lsv2_sk_", "[0-9a-f_]", 40),
    _plain("langsmith-key", "ls__", _X, 32),
    _plain("wandb-key", "wandb_v1_", _W, 30),
    _plain("cerebras-key", "csk-", _A, 40),
    _plain("fireworks-key", "fw_", _A, 22, -1),
    _plain("together-key", "tgp_v1_", _W, 40),
    _plain("nvidia-key", "nvapi-", _W, 50),
    _plain("jina-key", "jina_", _W, 50),
    _plain("voyage-key", "pa-", _W, 43),
    _plain("tavily-key", "tvly-", _W, 28),
    _plain("firecrawl-key", "fc-", _X, 32, -1),
    _plain("elevenlabs-key", "sk_", _X, 48, -1),
    _plain("llama-cloud-key", "llx-", _A, 40),
    _plain("runpod-key", "rpa_", _A, 40),
    _plain("modal-token", "ak- as-", _A, 22, -1),
    _plain("langfuse-key", "sk-lf-", "[0-9a-f-]", 36),
    _plain("braintrust-key", "bt-st-", _A, 40),
    # messages
    _plain("slack-token", "xoxa- xoxo- xoxb- xoxp- xoxr- xoxs- xoxe- xoxe. xoxc- xoxd- xapp-", "[A-Za-z0-9.%-]", 20),
    Rule("slack-webhook", ("hooks.slack.com/",), r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9+/]{30,100})"),
    Rule("discord-webhook", ("discord.com/api/webhooks/", "discordapp.com/api/webhooks/"), rf"discord(?:app)?\.com/api/webhooks/\d{{15,20}}/(?P<secret>{_W}{{50,80}})"),
    Rule("discord-token", ("MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"), rf"[MNO]{_W}{{23,27}}\.{_W}{{6}}\.{_W}{{27,40}}(?![A-Za-z0-9_.-])"),
    Rule("teams-webhook", ("webhook.office.com/",), r"webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/(?P<secret>[0-9a-f]{32}/[0-9a-f-]{36})"),
    _plain("twilio-key", "SK", "[0-9a-fA-F]", 32, -1),
    Rule("sendgrid-key", ("SG.",), rf"SG\.{_W}{{16,32}}\.{_W}{{32,64}}"),
    Rule("mailgun-key", ("key-",), rf"key-{_X}{{32}}{_END}"),
    _plain("brevo-key", "xkeysib- xsmtpsib-", "[A-Za-z0-9-]", 64),
    _plain("mailgun-key", "pubkey-", _X, 32, -1),
    _plain("mailersend-token", "mlsn.", _X, 60),
    _plain("resend-key", "re_", "[A-Za-z0-9_]", 30),
    _plain("mandrill-key", "md-", _W, 22, -1),
    Rule("firebase-server-key", ("AAAA",), rf"AAAA{_W}{{7}}:{_W}{{130,200}}"),
    _plain("line-token", "LINE-", _A, 40),
    _plain("courier-key", "dk_prod_ sk_prod_", _A, 20),
    # payment and shops
    _plain("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_ rk_prod_ sk_org_", _A, 20),
    _plain("stripe-webhook-secret", "whsec_", "[A-Za-z0-9+/=]", 32),
    _plain("shopify-token", "shpat_ shpca_ shppa_ shpss_", "[0-9a-fA-F]", 32),
    _plain("square-token", "sq0atp- sq0csp-", _W, 22),
    _plain("square-token", "EAAA", _W, 60),
    _plain("easypost-key", "EZAK EZTK", _A, 54),
    _plain("shippo-token", "shippo_live_ shippo_test_", _X, 40),
    _plain("duffel-token", "duffel_test_ duffel_live_", "[A-Za-z0-9_=-]", 43),
    _plain("flutterwave-key", "FLWSECK_TEST- FLWSECK-", "[A-Za-z0-9-]", 12),
    _plain("freemius-key", "sk_", r"[^\s\"'`<>]", 29, -1),
    _plain("plaid-token", "access-sandbox- access-development- access-production-", "[0-9a-f-]", 36),
    _plain("gocardless-token", "live_", "[A-Za-z0-9_=-]", 40),
    _plain("lob-key", "live_ test_", _X, 35, -1),
    _plain("paystack-key", "sk_live_ sk_test_", _X, 40),
    _plain("adyen-key", "AQE", "[A-Za-z0-9+/=-]", 100),
    _plain("razorpay-key", "rzp_live_ rzp_test_", _A, 14, -1),
    _plain("mercadopago-token", "APP_USR-", "[0-9a-f-]", 50),
    _plain("revolut-key", "oa_prod_ oa_sand_", _W, 30),
    # packages and builds
    _plain("npm-token", "npm_", _A, 36),
    _plain("pypi-token", "pypi-AgEI pypi-AgEN", _W, 50),
    _plain("rubygems-key", "rubygems_", _X, 48),
    _plain("nuget-key", "oy2", "[a-z0-9]", 43, -1),
    _plain("clojars-token", "CLOJARS_", _A, 60),
    _plain("crates-token", "cio", _A, 32, -1),
    _plain("packagist-token", "packagist_ptk_ packagist_out_ packagist_aut_", _W, 40),
    _plain("jfrog-token", "cmVmd", _A, 59, -1),
    _plain("codeartifact-token", "eyJ2ZXIi", _W, 80),
    _plain("jetbrains-token", "perm: perm-", "[A-Za-z0-9_.=-]", 40),
    _plain("docker-token", "dckr_pat_ dckr_oat_", _W, 27),
    _plain("circleci-token", "CCIPAT_ CCIPRJ_", "[A-Za-z0-9_]", 40),
    _plain("buildkite-token", "bkua_ bkaj_ bkpat_", _X, 40),
    _plain("sonar-token", "squ_ sqp_ sqa_", _X, 40),
    _plain("artifactory-key", "AKCp", _A, 60),
    # monitoring
    _plain("grafana-token", "glsa_ glc_ eyJrIjoi", "[A-Za-z0-9_+/=]", 32),
    _plain("sentry-token", "sntrys_ sntryu_", "[A-Za-z0-9_+/=]", 40),
    _plain("newrelic-key", "NRAK- NRII- NRJS-", "[A-Za-z0-9_-]", 19),
    _plain("dynatrace-token", "dt0c01.", "[A-Z0-9.]", 80),
    _plain("dynatrace-token", "dt0s01. dt0s02. dt0s08.", "[A-Z0-9.]", 60),
    _plain("honeycomb-key", "hcaik_ hcamk_ hcxik_ hcxmk_ hcxlk_ hcalk_", _A, 40),
    _plain("posthog-key", "phx_ phs_", _A, 32),
    _plain("statsig-key", "secret-", _A, 40),
    Rule("launchdarkly-key", ("sdk-", "api-", "mob-"), rf"(?:sdk|api|mob)-{_UUID}{_END}"),
    _plain("axiom-token", "xaat- xapt-", "[0-9a-f-]", 36),
    _plain("checkly-key", "cu_", _X, 32, -1),
    _plain("betterstack-token", "uptime_", _A, 24),
    _plain("readme-key", "rdme_", _A, 60),
    _plain("authress-key", "sc_ ext_ scauth_ authress_", r"[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]", 30),
    # work
    _plain("linear-key", "lin_api_ lin_oauth_", _A, 32),
    _plain("notion-token", "ntn_", _A, 40),
    _plain("notion-token", "secret_", _A, 43, -1),
    _plain("figma-token", "figd_ figu_", _W, 36),
    _plain("postman-key", "PMAK-", "[0-9a-f-]", 50),
    Rule("airtable-token", ("pat",), rf"pat{_A}{{14}}\.{_X}{{64}}"),
    _plain("contentful-token", "CFPAT-", _W, 40),
    Rule("hubspot-token", ("pat-na1-", "pat-na2-", "pat-eu1-", "pat-ap1-"), rf"pat-(?:na1|na2|eu1|ap1)-{_UUID}"),
    Rule("1password-secret-key", ("A3-",), r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    Rule("mapbox-token", ("pk.", "sk.", "tk."), rf"[pst]k\.[A-Za-z0-9]{{50,100}}\.{_W}{{22}}"),
    Rule("asana-token", ("0/", "1/", "2/"), rf"[012]/\d{{13,20}}(?:/\d{{13,20}})?:{_X}{{32}}"),
    Rule("google-refresh-token", ("1//0",), rf"1//0{_W}{{40,100}}"),
    _plain("adobe-secret", "p8e- p8-", _A, 32),
    _plain("frameio-token", "fio-u-", "[A-Za-z0-9=_-]", 64),
    _plain("intra42-secret", "s-s4t2ud- s-s4t2af-", _X, 64),
    _plain("dropbox-token", "sl.", "[A-Za-z0-9_=-]", 100),
    _plain("twitter-token", "AAAAAAAAAAAAAAAAAAAAA", "[A-Za-z0-9%]", 60),
    _plain("klaviyo-key", "pk_", _X, 34, -1),
    _plain("clickup-token", "pk_", r"\d{4,12}_[A-Z0-9]", 32, -1),
    _plain("beamer-token", "b_", "[A-Za-z0-9=_-]", 44, -1),
    _plain("canva-secret", "cnvca", _W, 40),
    _plain("1password-token", "ops_eyJ", "[A-Za-z0-9+/=_-]", 80),
    _plain("age-key", "AGE-SECRET-KEY-1", "[A-Z0-9]", 58),
    # forms that many vendors use
    Rule("json-web-token", ("eyJ",), rf"(?<![A-Za-z0-9_-])eyJ{_W}{{8,4000}}\.eyJ{_W}{{8,4000}}\.{_W}{{10,2000}}"),
)  # fmt: skip
"""If the prefixes of two rules match, the longer one is tried first."""

ANYWHERE: Final = (
    Rule("gcp-service-account", ("private_key_id",), rf'private_key_id"?\s{{0,3}}:\s{{0,3}}"?(?P<secret>{_X}{{40}})'),
    Rule("private-key", ("-----BEGIN ",), r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    Rule("putty-private-key", ("PuTTY-User-Key-File-",), r"PuTTY-User-Key-File-\d: [^\s]{3,40}"),
    Rule("azure-storage-key", ("AccountKey=",), r"AccountKey=(?P<secret>[A-Za-z0-9+/]{40,90}={0,2})"),
    Rule("azure-shared-access-key", ("SharedAccessKey=",), r"SharedAccessKey=(?P<secret>[A-Za-z0-9+/]{40,90}={0,2})"),
    Rule("azure-sas", ("sig=",), r"(?<=[?&;\s\"'])sig=(?P<secret>(?:[A-Za-z0-9+/]|%[0-9A-Fa-f]{2}){43,120}={0,2})"),
    Rule("azure-client-secret", ("Q~",), r"(?<=[A-Za-z0-9_.~-]{3}\d)Q~[A-Za-z0-9_.~-]{31,40}"),
    Rule("telegram-token", (":AA",), rf"(?<=\d{{8}}):AA{_W}{{32,34}}(?![A-Za-z0-9_-])"),
    Rule("maxmind-key", ("_mmk",), rf"(?<=_{_A}{{29}})_mmk{_END}"),
    Rule("facebook-token", ("|",), rf"(?<=\d{{15}})\|{_W}{{27,40}}(?![A-Za-z0-9_-])"),
    Rule("jwt-base64", ("ZXlK",), r"ZXlK[A-Za-z0-9+/]{60,4000}={0,2}"),
    Rule("terraform-token", (".atlasv1.",), rf"\.atlasv1\.{_W}{{60,80}}"),
    Rule("mailchimp-key", ("-us",), rf"(?<={_X}{{32}})-us\d{{1,2}}{_END}"),
    Rule("url-with-password", ("://",), r"://[^\s:/@\"'`<>?#]{0,64}:(?P<secret>[^\s@/\"'`<>?#]{3,128})@[A-Za-z0-9\[$<{]"),
    Rule("bearer-token", ("earer ",), r"earer (?P<secret>[A-Za-z0-9_.~+/-]{20,400}={0,2})"),
    Rule("basic-credentials", ("asic ",), r"asic (?P<secret>[A-Za-z0-9+/]{12,200}={0,2})(?![A-Za-z0-9+/=])"),
)  # fmt: skip
"""Rules whose prefix may be anywhere. They are few, because each costs a search of its own."""
