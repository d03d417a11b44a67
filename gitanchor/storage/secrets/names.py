"""The names beside which secrets are found: words such as "password" in many languages, and services.

Secrets of these services have no form of their own: some number of letters and digits, or a UUID. The
table has the words that name a service, and the form of its secrets. `scanner` searches for the names.
"""

# ruff: noqa: E501 - a service is a line, and words are written as their languages do

from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

STEMS: Final = (
    "pass", "pw", "pswd", "secret", "token", "key", "cred", "auth", "_pat", " pat", "_sk", "identified", "psk", "login", "clave", "senha",
    "kennwort", "zugang", "geheim", "contrase", "segret", "haslo", "wachtwoord", "heslo", "parol",
    "salasana", "adgangskode", "jeton", "chave", "chiave",
)  # fmt: skip
"""What names start or end with, in lower case. Each costs a search."""

FOREIGN_STEMS: Final = {
    "о": "парол токен", "к": "ключ секрет", "密": "密码 密碼 密钥 密鑰", "口": "口令", "秘": "秘钥", "令": "令牌",
    "ス": "パスワード", "ー": "キー トークン", "번": "비밀번호", "암": "암호", "큰": "토큰", "ł": "hasło", "ö": "lösenord",
    "ş": "şifre", "ó": "jelszó", "ñ": "contraseñ", "κ": "κωδικός", "ס": "סיסמ", "ậ": "mật_khẩu", "ร": "รหัสผ่าน",
    "प": "पासवर्ड", "ك": "كلمة_", "ز": "رمز", "ü": "schlüssel", "é": "clé_",
}  # fmt: skip
"""Stems in other alphabets, by a letter without which a text needs no search for them."""

_LATER: Final = (
    r"(?:[_-]?(?:prod|production|dev|development|staging|stage|test|testing|live|local|old|new|value|default"
    r"|plain|plaintext|cleartext|primary|secondary|main|base|backup|data|base64|b64|\d{1,3}))?(?![a-z0-9_])"
)
PASSWORD: Final = late(
    r"(?:pass(?:word|wd|phrase|code|wort|ord|wrd)(?:en)?|(?<=mot de )passe|(?<=mots de )passe|(?<=[_-])pass"
    r"|(?<![a-z])pass(?=[=:])|(?<![a-z])passin|pwd|pswd|(?<![a-z])pw|(?<=[_-])pw|(?<=db)pw|(?<=user)pw|(?<=admin)pw"
    r"|psk|identified by|kennwort|zugangs(?:code|wort|daten|kennung)|geheim(?:nis|wort|zahl)|contrase(?:ñ|n|n\u0303)a|senha"
    r"|(?<![a-z])clave|parola(?: d'ordine| segreta)?|has[łl]o|wachtwoord|lösenord|heslo|şifre(?:si|niz|m)?"
    r"|salasana|adgangskode|jelszó|mật khẩu|пароль|пароля|密码|密碼|口令|パスワード"
    r"|비밀번호|암호|κωδικός(?: πρόσβασης)?|סיסמה|סיסמא|รหัสผ่าน|पासवर्ड|كلمة (?:المرور|السر|مرور|سر))"
    + _LATER
)
"""Names of secrets that people make up: shorter than a key, and with words in it."""

LOGIN: Final = late(r"(?:login|creds?|credentials?|zugangsdaten|(?<=user/)pass(?:word)?)(?![a-z0-9_])")
"""Names that come before a user and a password together."""

OWNERS: Final = (
    "api", "access", "secret", "private", "priv", "auth", "account", "storage", "signing", "signature", "encryption",
    "encrypt", "decryption", "master", "subscription", "license", "licence", "shared", "session", "admin", "service",
    "app", "application", "deploy", "deployment", "webhook", "jwt", "client", "consumer", "function", "functions", "db",
    "database", "root", "hmac", "cookie", "sdk", "ingest", "ingestion", "integration", "write", "instrumentation",
    "merchant", "server", "project", "security", "secure", "host", "backend", "sas", "bot", "user", "team", "org",
    "organization", "workspace", "tenant", "hub", "iot", "data", "device", "connection", "registration", "automation",
    "management",
)  # fmt: skip
"""Words before "key" that make it a secret: what it opens."""

SECRET: Final = late(
    r"(?:secrets?(?:[_-]?access)?(?=[^a-z]|$)|tokens?|credentials?|creds?"
    r"|(?<=[_-])auth|(?<![a-z])auth(?=[\"']?\s?[:=])|authorization|[ _]pat|_sk|clientsecret"
    r"|(?<=client[_-]key[_-])data|(?<=api-)schlüssel|(?<=api )schlüssel|schlüssel|geheimschlüssel"
    r"|cl(?:[ée]|ef) (?:d['’]|de l['’])?(?:api|acc[èe]s|secr[èe]te|priv[ée]e)|cle api|clave (?:de )?(?:api|acceso|secreta)"
    r"|chave (?:da |de |secreta)?(?:api|acesso)?|chiave (?:api|segreta|di accesso)|jeton|segreto"
    r"|ключ(?: api)?|токен|секрет(?:ный ключ)?|密钥|秘钥|密鑰|令牌|(?<=api)キー|(?<=api )キー|トークン|토큰|رمز الوصول)"
    r"(?:[_-]?key)?" + _LATER
)
"""Names of secrets that machines make, and of keys by what they open."""

KEY: Final = late(r"keys?" + _LATER)
"""A key without a word for what it opens: counts only if the value is clearly random."""

NO_SECRET: Final = late(
    r"hash(?!i)|sha(?:\d|sum|_|-|$)|digest|checksum|fingerprint|public|publishable|pub[_-]?key"
    r"|(?:by|per|max|min|num|total)[_-]?tokens?$"
)
NO_KEY: Final = late(
    r"(?:^|[_.\s-])(?:cache|primary|foreign|partition|sort|index|lookup|idempotency|dedup|deduplication|row"
    r"|registry|object|hash|range|translation|i18n|locale|site|group|composite|natural|metadata|label|unique"
    r"|map|dict|json|yaml|config|menu|hot|arrow|host|known|ssh|gpg|pgp|kms|public)[\s_.-]?keys?$"
    r"|(?:next|page|continuation|cursor|cancel|cancellation|sync|csrf|xsrf|eos|bos|pad|stop|special|delta"
    r"|resume|syntax|start|end|unk|mask|sep)[\s_.-]?tokens?$"
)
"""Names that only look like names of secrets."""


class Service(NamedTuple):
    """The rule of a service: its name in messages, words that name the service, the form of secrets."""

    name: str
    words: str
    form: str


_UUID: Final = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_W: Final = "[a-z0-9_-]"
_E: Final = "[a-z0-9=_-]"
_A: Final = "[a-z0-9]"
_X: Final = "[0-9a-f]"

SERVICES: Final = (
    # code, builds, packages
    Service("atlassian-token", "atlassian confluence jira trello bitbucket", rf"{_A}{{24}}|{_A}{{32}}|{_E}{{64}}"),
    Service("gitea-token", "gitea forgejo gogs codeberg", rf"{_X}{{40}}"),
    Service("sourcegraph-token", "sourcegraph", rf"{_X}{{40}}"),
    Service("azure-devops-token", "azdo azure-devops azure_devops azuredevops vsts", rf"{_A}{{52}}|{_A}{{84}}"),
    Service("codecov-token", "codecov coveralls codacy codeclimate", rf"{_A}{{32}}|{_X}{{64}}|{_UUID}"),
    Service("drone-token", "drone droneci woodpecker", rf"{_A}{{32}}"),
    Service("travis-token", "travis travisci", rf"{_A}{{22}}"),
    Service("circleci-token", "circleci circle_token buildkite semaphore appveyor", rf"{_A}{{20}}|{_X}{{40}}"),
    Service("snyk-token", "snyk", _UUID),
    Service("sonar-token", "sonar sonarqube sonarcloud", rf"{_E}{{40}}"),
    Service("jfrog-token", "jfrog artifactory bintray xray", rf"{_A}{{64}}|{_A}{{73}}"),
    Service("sidekiq-secret", "contribsys__com", rf"{_X}{{8}}:{_X}{{8}}"),
    Service("nuget-key", "nuget", rf"{_A}{{46}}|{_UUID}"),
    Service("npm-token", "_authtoken npmjs npm_token", rf"{_UUID}|{_X}{{64}}"),
    Service("kaggle-key", "kaggle", rf"{_X}{{32}}"),
    # clouds and networks
    Service("alibaba-secret", "alibaba aliyun", rf"{_A}{{30}}"),
    Service("tencent-secret", "tencent qcloud", rf"{_A}{{32}}"),
    Service("ibm-cloud-key", "ibm ibmcloud bluemix watson", rf"{_W}{{44}}|{_X}{{48}}"),
    Service("cloudant-password", "cloudant", rf"{_X}{{64}}|[a-z]{{24}}"),
    Service("softlayer-key", "softlayer", rf"{_X}{{64}}"),
    Service("cloudflare-key", "cloudflare cf_api", rf"{_W}{{40}}|{_X}{{37}}"),
    Service("fastly-key", "fastly", rf"{_E}{{32}}"),
    Service("heroku-key", "heroku", _UUID),
    Service("hetzner-token", "hetzner hcloud", rf"{_A}{{64}}"),
    Service("linode-token", "linode", rf"{_X}{{64}}"),
    Service("vultr-key", "vultr", rf"{_A}{{36}}"),
    Service("scaleway-key", "scaleway scw", _UUID),
    Service("ovh-secret", "ovh", rf"{_A}{{32}}"),
    Service("netlify-token", "netlify", rf"{_E}{{40,46}}"),
    Service("vercel-token", "vercel zeit", rf"{_A}{{24}}"),
    Service("railway-token", "railway", _UUID),
    Service("digitalocean-token", "digitalocean", rf"{_X}{{64}}"),
    Service("meraki-key", "meraki", rf"{_X}{{40}}"),
    Service("yandex-key", "yandex", rf"AQVN{_W}{{35,38}}|YC{_W}{{38}}|t1\.{_E}{{2,300}}\.{_E}{{86,88}}"),
    Service("terraform-token", "terraform tfe", rf"{_A}{{14}}\.atlasv1\.{_E}{{60,70}}"),
    Service("bunny-key", "bunny bunnycdn", rf"{_UUID}(?:{_UUID})?"),
    # identity
    Service("adobe-secret", "adobe", rf"{_X}{{32}}"),
    Service("okta-token", "okta", rf"00{_E}{{40}}"),
    Service("auth0-secret", "auth0", rf"{_W}{{64}}|{_A}{{32}}"),
    Service("duo-secret", "duo", rf"{_A}{{40}}"),
    Service("linkedin-secret", "linkedin linked_in linked-in", rf"{_A}{{16}}"),
    Service("facebook-secret", "facebook instagram meta fb_app", rf"{_X}{{32}}|\d{{15,16}}[|%]{_W}{{27,40}}"),
    Service("twitter-secret", "twitter x_api", rf"{_A}{{25}}|{_A}{{45}}|{_A}{{50}}|\d{{15,25}}-{_A}{{20,40}}|A{{22}}[a-z0-9%]{{80,100}}"),
    Service("reddit-secret", "reddit", rf"{_W}{{27}}|{_W}{{30}}"),
    Service("spotify-secret", "spotify", rf"{_X}{{32}}"),
    Service("twitch-token", "twitch", rf"{_A}{{30}}"),
    Service("flickr-token", "flickr", rf"{_A}{{16}}|{_A}{{32}}"),
    Service("nytimes-key", "nytimes new-york-times newyorktimes", rf"{_E}{{32}}"),
    # models
    Service("cohere-key", "cohere co_api_key", rf"{_A}{{40}}"),
    Service("mistral-key", "mistral", rf"{_A}{{32}}"),
    Service("together-key", "together togetherai", rf"{_X}{{64}}"),
    Service("deepgram-key", "deepgram", rf"{_X}{{40}}"),
    Service("elevenlabs-key", "elevenlabs eleven_api xi-api-key", rf"{_X}{{32}}"),
    Service("assemblyai-key", "assemblyai assembly_ai", rf"{_X}{{32}}"),
    Service("azure-openai-key", "azure openai cognitive speech_key translator bing", rf"{_X}{{32}}|{_A}{{84}}"),
    Service("pinecone-key", "pinecone", _UUID),
    Service("weaviate-key", "weaviate qdrant milvus zilliz", rf"{_A}{{36,64}}"),
    Service("langsmith-key", "langsmith langchain", rf"ls__{_X}{{32}}|{_UUID}"),
    Service("wandb-key", "wandb weights", rf"{_X}{{40}}"),
    Service("comet-key", "comet neptune clearml", rf"{_A}{{25}}|{_A}{{50}}"),
    Service("stability-key", "stability ai21 aleph", rf"{_A}{{32}}|{_A}{{48}}"),
    Service("privateai-key", "privateai private_ai private-ai", rf"{_A}{{32}}"),
    # messages
    Service("discord-secret", "discord", rf"{_X}{{64}}|{_E}{{32}}"),
    Service("telegram-token", "telegram telegr", rf"\d{{5,16}}:A{_W}{{34}}"),
    Service("gitter-token", "gitter", rf"{_W}{{40}}"),
    Service("mattermost-token", "mattermost", rf"{_A}{{26}}"),
    Service("messagebird-key", "messagebird message-bird message_bird", rf"{_A}{{25}}|{_UUID}"),
    Service("mailgun-key", "mailgun", rf"{_X}{{32}}-{_X}{{8}}-{_X}{{8}}"),
    Service("mailjet-key", "mailjet mj_apikey", rf"{_X}{{32}}"),
    Service("postmark-token", "postmark", _UUID),
    Service("sparkpost-key", "sparkpost", rf"{_X}{{40}}"),
    Service("twilio-token", "twilio", rf"{_X}{{32}}"),
    Service("vonage-secret", "vonage nexmo plivo", rf"{_A}{{16}}|{_A}{{40}}"),
    Service("sendbird-token", "sendbird", rf"{_X}{{40}}|{_UUID}"),
    Service("pusher-secret", "pusher ably", rf"{_X}{{20}}"),
    Service("zendesk-key", "zendesk", rf"{_A}{{40}}"),
    Service("intercom-token", "intercom", rf"{_E}{{60}}"),
    Service("zoom-secret", "zoom webex", rf"{_A}{{32}}|{_A}{{64}}"),
    Service("onesignal-key", "onesignal", rf"{_UUID}|{_A}{{48}}"),
    # monitoring
    Service("datadog-key", "datadog dd_api dd_app dd-api-key", rf"{_X}{{32}}|{_A}{{40}}"),
    Service("newrelic-key", "newrelic new-relic new_relic", rf"{_A}{{64}}|{_X}{{36}}nral|{_X}{{40}}"),
    Service("sumologic-token", "sumo sumologic", rf"su{_A}{{12}}|{_A}{{64}}"),
    Service("sentry-token", "sentry", rf"{_X}{{64}}"),
    Service("rollbar-token", "rollbar bugsnag airbrake", rf"{_X}{{32}}"),
    Service("honeycomb-key", "honeycomb", rf"{_A}{{22}}|{_X}{{32}}"),
    Service("logzio-token", "logz logzio loggly logdna papertrail", rf"{_A}{{32}}|{_UUID}|{_A}{{20}}"),
    Service("pagerduty-key", "pagerduty pager_duty", rf"{_E}{{20}}|{_X}{{32}}|[a-z0-9+_-]{{20}}"),
    Service("opsgenie-key", "opsgenie", _UUID),
    Service("splunk-token", "splunk hec_token", _UUID),
    Service("launchdarkly-key", "launchdarkly", rf"{_E}{{40}}|(?:sdk|api|mob)-{_UUID}"),
    Service("segment-key", "segment amplitude mixpanel", rf"{_A}{{32}}"),
    Service("dynatrace-token", "dynatrace", rf"{_W}{{21}}"),
    # payment, shops, markets
    Service("plaid-secret", "plaid", rf"{_A}{{24}}|{_A}{{30}}|access-(?:sandbox|development|production)-{_UUID}"),
    Service("paypal-secret", "paypal braintree", rf"{_W}{{80}}|{_X}{{32}}"),
    Service("gocardless-token", "gocardless", rf"live_{_E}{{40}}"),
    Service("lob-key", "lob", rf"(?:live|test)_{_X}{{35}}"),
    Service("finicity-key", "finicity", rf"{_X}{{32}}|{_A}{{20}}"),
    Service("finnhub-key", "finnhub alphavantage polygon", rf"{_A}{{20}}|{_A}{{32}}"),
    Service("freshbooks-token", "freshbooks", rf"{_A}{{64}}"),
    Service("etsy-token", "etsy", rf"{_A}{{24}}"),
    Service("squarespace-token", "squarespace", _UUID),
    Service("bittrex-key", "bittrex", rf"{_A}{{32}}"),
    Service("coinbase-token", "coinbase binance", rf"{_W}{{64}}"),
    Service("kraken-token", "kraken", r"[a-z0-9/=_+-]{80,90}"),
    Service("kucoin-key", "kucoin", rf"{_X}{{24}}|{_UUID}"),
    # data and places
    Service("airtable-key", "airtable", rf"{_A}{{17}}"),
    Service("algolia-key", "algolia", rf"{_A}{{32}}"),
    Service("confluent-secret", "confluent", rf"{_A}{{16}}|[a-z0-9/+]{{64}}"),
    Service("contentful-token", "contentful", rf"{_E}{{43}}"),
    Service("hubspot-key", "hubspot hapikey", _UUID),
    Service("mapbox-token", "mapbox", r"[ps]k\.[a-z0-9]{60,90}\.[a-z0-9_-]{22}"),
    Service("maps-key", "opencage positionstack openweather openweathermap ipstack here_api tomtom", rf"{_X}{{32}}|{_W}{{43}}|{_A}{{32}}"),
    Service("rapidapi-key", "rapidapi", rf"{_W}{{50}}"),
    Service("adafruit-key", "adafruit", rf"{_W}{{32}}"),
    Service("dropbox-token", "dropbox", rf"{_A}{{15}}|{_A}{{11}}a{{10}}{_E}{{43}}|sl\.{_E}{{135,140}}"),
    Service("box-secret", "box boxapp", rf"{_A}{{32}}"),
    Service("beamer-token", "beamer", rf"b_{_E}{{44}}"),
    Service("asana-secret", "asana", rf"{_A}{{32}}|[012]/\d{{13,20}}:{_X}{{32}}"),
    Service("todoist-token", "todoist", rf"{_X}{{40}}"),
    Service("clickup-token", "clickup monday", rf"pk_\d{{3,12}}_{_A}{{32}}"),
    Service("linear-secret", "linear", rf"{_X}{{32}}"),
    Service("mailchimp-key", "mailchimp mailchimpsdk", rf"{_X}{{32}}-us\d\d?"),
    Service("typeform-token", "typeform", r"tfp_[a-z0-9_.=-]{59}"),
    Service("redis-secret", "upstash redis elasticsearch meilisearch typesense", rf"{_A}{{32}}|{_X}{{64}}|{_A}{{58}}={{0,2}}"),
)  # fmt: skip
"""Services by purpose. A form must match a whole value; case is ignored."""

NO_SERVICE: Final = late(
    r"(?:^|[^a-z])(?:ids?|uuid|guid|commit|sha\d*|hash|digest|md5|checksum|etag|version|revision|rev|tree|blob|build|run"
    r"|trace|span|request|correlation|image|tag|branch|host|url|uri|endpoint|region|name|user|username|email|file|path"
    r"|public|tenant|job|pipeline|release|deployment|event|fingerprint|integrity|dsn|index|account|bucket|repo)s?[\s\"'`*_)\]]*$"
)
"""Endings of names that belong to a service, but are no secrets."""


def lowered(text: str) -> str:
    """Return a text in lower case, in which each character keeps its position."""
    small = text.lower()
    if len(small) != len(text):  # lower() makes two characters of some
        small = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return small
