"""More kinds of secrets, and of what is none: those of the public rules of scanners, and everyday ones.

The last two sets were written before the rules had been tried on them. No whole secret stands here:
each is made from its shape, each time the same. {X40} is forty characters of an alphabet, ⏎ a line break.
"""

import random
import time

import pytest

from gitanchor.storage.secrets import scanner
from tests.storage.test_secrets import made

VENDORS = r"""
A3-{Y6}-{Y11}-{Y5}-{Y5}-{Y5}
ops_eyJ{A260}
adafruit_io_key = "{A32}"
adobe client secret: {X32}
p8e-{A32}
airtable key: {A17}
algolia_api_key: {A32}
LTAI{A20}
alibaba secret: {A30}
sk-ant-admin01-{W93}AA
AKCp{A69}
cmVmd{A59}
asana client secret: {A32}
asana token 1/{D16}:{X32}
CONFLUENCE_TOKEN={A20}{X4}
sc_{A10}.{A5}.acc_{X16}.{B40}
ABSK{B120}
beamer_token = b_{W44}
bitbucket client secret: {W64}
bittrex secret: {A32}
meraki_api_key={X40}
4b1d{A38}
CLOJARS_{x60}
cloudflare_api_key={X37}
v1.0-{X24}-{X146}
codecov token: {A32}
CO_API_KEY={A40}
coinbase_token = "{W64}"
confluent secret: {A64}
contentful token: {W43}
curl -u 'ada:{A9}4' https://x
DB_PASSWORD={A9}4
datadog token: {A40}
dnkey-{W26}-{W52}
dop_v1_{X64}
dor_v1_{X64}
discord client secret: {W32}
dp.pt.{A43}
droneci_token={A32}
dropbox_secret={A15}
dropbox token: sl.{W135}
duffel_live_{W43}
dt0c01.{U24}.{U64}
EZAK{A54}
etsy_key: {A24}
facebook token {D15}|{W30}
EAAC{A120}
facebook secret: {X32}
fastly_key={W32}
finicity_key={X32}
finnhub_token={A20}
flickr_secret={A32}
FLWSECK_TEST-{X32}-X
fo1_{W43}
fm1a_{B110}
fio-u-{W64}
'secret_key' => 'sk_{A29}'
freshbooks_token={A64}
gitlab_session _gitlab_session={x32}
glrt-t1_{W27}.01{x7}
gitter_token={W40}
gocardless_token=live_{W40}
eyJrIjoi{A80}
glc_{A40}
pat.{W22}.{A24}.{A20}
HRKU-AA{W58}
hubspot key: {X8}-{X4}-4{X3}-8{X3}-{X12}
api_org_{L34}
ico-{A32}
intercom_token={W60}
s-s4t2ud-{X64}
jfrog_api_key={A73}
ZXlKaGJHY2lPaUp{B60}
kraken_secret={B86}==
kind: Secret⏎data:⏎  token: {B40}==
kucoin_secret={X8}-{X4}-4{X3}-8{X3}-{X12}
launchdarkly_token={W40}
sdk-{X8}-{X4}-4{X3}-8{X3}-{X12}
linear secret: {X32}
linkedin_secret={A16}
lob key: live_{X35}
mailchimp {X32}-us12
pubkey-{X32}
mailgun signing key: {X32}-{X8}-{X8}
pk.{A60}.{A22}
mattermost token: {x26}
{A6}_{A29}_mmk
messagebird_key={A25}
netlify_token={W44}
NRJS-{X19}
NRII-{A32}
new_relic api key: {A64}
ntn_{D11}{A35}
<add key="Password" value="{A12}4" />
nytimes_key={W32}
API-{Y26}
okta_token=00{W40}
sk-{A20}T3BlbkFJ{A20}
sha256~{W43}
pplx-{A48}
plaid_secret={A30}
access-sandbox-{X8}-{X4}-4{X3}-8{X3}-{X12}
pscale_pw_{W40}
PMAK-{X24}-{X34}
pnu_{A36}
private-ai key: {x32}
pul-{X40}
rapidapi_key={W50}
rdme_{x70}
tk-us-{W48}
sendbird_token={X40}
xkeysib-{X64}-{A16}
sentry_token={X64}
sntryu_{X64}
sm_pat_{A16}
shippo_live_{X40}
shpca_{X32}
BUNDLE_GEMS__CONTRIBSYS__COM={X8}:{X8}
https://{X8}:{X8}@gems.contribsys.com/
xapp-1-{U11}-{D12}-{X32}
xoxe.xoxp-1-{U163}
xoxo-{D11}-{D11}-{D11}-{X32}
snyk_token={X8}-{X4}-4{X3}-8{X3}-{X12}
sonar_login={X40}
sgp_{X16}_{X40}
EAAA{W60}
squarespace_key={X8}-{X4}-4{X3}-8{X3}-{X12}
sk_prod_{A24}
sumo access key: {A64}
telegram_token={D9}:A{W34}
travis_token={A22}
SK{X32}
twitch_secret={x30}
twitter_secret={A45}
twitter bearer token AAAAAAAAAAAAAAAAAAAAAA{A90}
tfp_{W59}
s.{A23}4
yandex key: AQVN{W36}
t1.{W80}.{W86}
zendesk_key={A40}
artifactory_password=AP{X1}{A20}
cloudant password: {X64}
ibm cloud iam key: {W44}
ibm_cos_secret_access_key={X48}
softlayer_api_key={X64}
//registry.npmjs.org/:_authToken={X8}-{X4}-4{X3}-8{X3}-{X12}
twilio account token: {X32}
AWS_BEDROCK bedrock-api-key-{B120}
"""
"""One for each vendor that the rules of gitleaks and detect-secrets name."""

FOUND = r"""
WANDB_API_KEY={X40}
DD_APP_KEY={X40}
DD_API_KEY={X32}
API_KEY={X64}
export SERVICE_TOKEN={X8}-{X4}-4{X3}-a{X3}-{X12}
PINECONE_API_KEY={X8}-{X4}-4{X3}-a{X3}-{X12}
api key: {X64}
ghp\_{A36}
It is ghp\_{A36} for now
github\_pat\_{A22}\_{A59}
curl -u ada:{A8}7x https://example.com
curl https://x.test/a --user "ada:{A8}!7"
curl -s \⏎  -u ada:{A10}2 \⏎  https://x
machine api.example.com login ada password {A9}7x
machine api.example.com⏎  login ada⏎  password {A9}7x
Passwort: {A7}9x
Kennwort: {A7}9x
mot de passe : {A7}4b
mot de passe : {A7}4b
contraseña: {A7}4b
senha: {A7}4b
пароль: {A8}4x
Пароль - {A8}4x
Password：{A8}4x
密码：{A8}4x
パスワード: {A8}4x
| password | hunter2x |
| user | password |⏎|---|---|⏎| ada | {A8}4x |⏎| bob | {A8}3z |
| Key | Value |⏎|---|---|⏎| DB_PASSWORD | {A9}3z |
<password>{A8}4x</password>
<db:password type="plain">{A8}4x</db:password>
<add key="ClearTextPassword" value="{A8}4!" />
<property name="password" value="{A9}3"/>
ENV DB_PASSWORD {A9}3
ENV DB_PASSWORD={A9}3
ARG NPM_TOKEN {A36}
password:⏎    {A8}4x
The password is:⏎⏎    {A8}4x
password:⏎```⏎{A8}4x⏎```
Password⏎{A9}4x
## Password⏎⏎{A9}4x
api_key: >-⏎  {A32}
- name: DB_PASSWORD⏎  value: {A10}3
{"name": "API_TOKEN", "value": "{A32}"}
client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlF{B80}
client-key-data: {B400}=
MAPBOX=pk.eyJ1Ijoi{A50}.{W22}
mapbox token sk.eyJ1Ijoi{A50}.{W22}
NUGET_KEY=oy2{x43}
PINECONE=pcsk_{A5}_{A60}
LANGSMITH_API_KEY=lsv2_pt_{X32}_{X10}
langchain: ls__{X32}
export TF_TOKEN_app_terraform_io={A14}.atlasv1.{A64}
HEROKU_API_KEY: {X8}-{X4}-4{X3}-a{X3}-{X12}
mysql -u root -p{A8}7 db
sshpass -p '{A8}7' ssh a@b
docker login -u ada -p {A12}7 registry.io
redis-cli -h x -a {A12}7
The password for ada is `{A9}4`
Password (staging): {A9}4
The admin password was changed to {A9}4
creds: ada / {A6}!4aB
login: ada:{A6}!4aB
"password": "{A9}4",
\"password\": \"{A9}4\"
$env:DB_PASSWORD = "{A9}4"
setx API_KEY {A32}
X-Api-Key: {X40}
Ocp-Apim-Subscription-Key: {X32}
Authorization: {A40}
"auth": "{B40}"
_auth={B40}=
GITHUB_PAT={A40}
TWILIO_AUTH_TOKEN={X32}
apiKey: '{A32}'
pineconeApiKey = "{X8}-{X4}-4{X3}-a{X3}-{X12}"
cloudflare global key: {X37}
Algolia admin key: {X32}
JWT_SECRET={X64}
SECRET_KEY_BASE={X128}
ENCRYPTION_KEY={X64}
wifi psk: {A10}3
pw: {A9}3
db pw = {A9}3
DB_PASS={A9}3
https://x.test/api?api_key={X32}&x=1
{"username":"ada","key":"{X32}"} kaggle
sentry auth token {X64}
SG\.{W22}\.{W43}
"""
NOT_FOUND = r"""
The password is in the vault
Passwort: siehe Tresor
Passwort steht in 1Password
password: see 1Password
password: 1Password
mot de passe : voir le coffre
пароль: в сейфе
Password：1Password
| password | required |
| user | password |⏎|---|---|⏎| ada | see vault |⏎| bob | 1Password |
| Name | Token |⏎|---|---|⏎| ci | rotated-2024-05-01 |
| key | value |⏎|---|---|⏎| commit | {X40} |
commit: {X40}
heroku commit {X40}
Heroku release: {X40}
cloudflare zone id: {X32}
azure tenant id: {X8}-{X4}-4{X3}-a{X3}-{X12}
sentry build: {X40}
DD_VERSION={X40}
DATADOG_TRACE_ID={X32}
pinecone index id: {X8}-{X4}-4{X3}-a{X3}-{X12}
client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t{B80}
certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t{B80}
<password>secret</password>
<password>${db.password}</password>
<add key="Password" value="%NUGET_PASSWORD%" />
ENV DB_PASSWORD
ENV DB_PASSWORD=${DB_PASSWORD}
ARG DB_PASSWORD
password:⏎  see the vault
The tokens:⏎step8-dev needs one
Password⏎⏎The form has a field
## Password⏎⏎reset works since step8
curl -u "$USER:$TOKEN" https://x
curl -u ada https://x
docker run -u 1000:1000 -p 8080:80 x
docker run --user 1000:1000 nginx
mysql -u root -p db
ssh -p 2222 ada@host
mkdir -p build/output2
cp -p a1b2c3d4 x
machine api.example.com login ada password $TOKEN
password sha256-hashed
the password is SHA256-hashed
the password is base64-encoded
the token is OAuth2-based
password is bcrypt2-hashed
password: min8chars
password: 12 characters
password policy: 90days
token: step8-dev
secret: rain-gauge-tls-2
secretName: rain-gauge-tls
token = response.json()["access_token"]
token: ${{ secrets.GITHUB_TOKEN }}
api_key = settings.api_key
apiKey: process.env.API_KEY
API_KEY=$(op read op://dev/key)
password = input("Password: ")
cache key: {X40}
cache_key = {X32}
CACHE_KEY={X40}
primary_key: {X8}-{X4}-4{X3}-a{X3}-{X12}
idempotency key: {X8}-{X4}-4{X3}-a{X3}-{X12}
idempotency_key={X8}-{X4}-4{X3}-a{X3}-{X12}
partition key: {X32}
object key: {X64}
s3 key: uploads/2024/{X32}.png
next_token: {X32}
"key": "{X32}"
key: linux-deps-{X40}
key: v1-{X64}
key id: {X16}
KMS key: {X8}-{X4}-4{X3}-a{X3}-{X12}
arn:aws:kms:us-east-1:{D12}:key/{X8}-{X4}-4{X3}-a{X3}-{X12}
SSH key: SHA256:{B43}
ssh key fingerprint: {X32}
public key: {X64}
APP_PUBLIC_KEY={X64}
password_hash: {X64}
token_count=12345678
max_tokens=4096
EOS token: 50256
The API key for Datadog is in the vault
The API token for ci is called ci-deploy-2
Authorization: Bearer $TOKEN
Authorization: Bearer <token>
authorization: required
auth: oauth2
author: ada2000lovelace
auth = HTTPBasicAuth(user, password)
login: ada
login: ada/admin
creds: see vault
credentials: ~/.aws/credentials
credentialsId: '{X8}-{X4}-4{X3}-a{X3}-{X12}'
Keys: a, b, c
keyboard: ISO105-extended
monkey=banana2000banana
pass: 12of14
tests pass: py311
pass 12 of 14
pw is required
passport: C01X00T47
compass: north45
C:\_build\out
regex \.py$ and \_x
token \| other
re_export_of_names_that_was_moved_in_2024
ext_station_2_reader.acc
api-gateway-with-many-replicas-v2
sdk-for-python-and-javascript-2024
sk_some_function_name_that_is_long_2
pk_station_id_and_reading_id_index_2
test_the_reader_of_stations_in_2024
"""

FRESH = r"""
CLOUDINARY_API_SECRET={A27}
STORAGE_SK={A40}
REACT_APP_WEATHER_KEY={X32}
SMS_API_KEY={A24}
GOOGLE_MAPS_API_KEY=AIza{W35}
SPOTIFY_CLIENT_SECRET={X32}
TELEGRAM_BOT_TOKEN={D10}:AA{W33}
NEXTAUTH_SECRET={B43}=
ADMIN_DASH_TOKEN={X64}
TMDB_API_KEY={X32}
SOLIS_CLOUD_KEY_SECRET={X32}
SUPABASE_SERVICE_ROLE=eyJ{A33}.eyJ{A80}.{W43}
RECAPTCHA_SECRET_KEY=6L{W38}
STRIPE_SECRET_KEY=sk_test_{A24}
EMAIL_PASSWORD={L4} {L4} {L4} {L4}
EMAIL_PASSWORD={A16}
MONGODB_URI=mongodb+srv://rain:{A14}@cluster0.abcde.mongodb.net/rain
REDIS_URL=redis://:{A20}@10.0.0.5:6379/0
DATABASE_URL="postgresql://rain:{A11}x7@db.internal:5432/rain?sslmode=require"
AMQP_URL=amqps://rain:{A24}@host.rmq.cloudamqp.com/rain
- Passwort: P@{A6}ssw0rd
4. Passwort: {L8}2025
Das neue Passwort lautet {A9}7!
Das WLAN-Kennwort ist {A10}42
The default password is 'abcd{D3}x'.
Voter saved. Default password is Student@{D4} (if new).
All seeded users share the password `Passw0rd!{D2}` - see the seed file
Frontend uses password: Test{D4}!Secure
Username: admin / Password: {A8}3#
user: deploy, password: {A9}5
Login with ada@rain.dev and the password "{A8}9%"
I changed the root password to {A9}8 last night
the db password is now {A10}6, please update .env
the admin token is {X40}
here is the api key: {A32}
temporary API key (expires Friday): {A36}
bot token -> {A30}
Personal access token: {A40}
GitLab deploy token: gldt-{W20}
Our Datadog API key is {X32}
Datadog application key: {X40}
Pinecone key: {X8}-{X4}-4{X3}-8{X3}-{X12}
The Heroku API key is {X8}-{X4}-4{X3}-8{X3}-{X12}
Snyk token {X8}-{X4}-4{X3}-8{X3}-{X12}
wandb login {X40}
export WANDB_API_KEY={X40}
huggingface-cli login --token hf_{L34}
LANGCHAIN_API_KEY="lsv2_pt_{X32}_{X10}"
export MISTRAL_API_KEY={A32}
COHERE_API_KEY={A40}
TOGETHER_API_KEY={X64}
DEEPGRAM_API_KEY={X40}
ELEVENLABS_API_KEY={X32}
AZURE_OPENAI_API_KEY={X32}
OPENWEATHER_API_KEY={X32}
ALGOLIA_ADMIN_KEY={X32}
POSTMARK_SERVER_TOKEN={X8}-{X4}-4{X3}-8{X3}-{X12}
PUSHER_APP_SECRET={X20}
FASTLY_API_TOKEN={A32}
CLOUDFLARE_API_TOKEN={W40}
LINODE_TOKEN={X64}
HCLOUD_TOKEN={A64}
SCW_SECRET_KEY={X8}-{X4}-4{X3}-8{X3}-{X12}
VAULT_TOKEN=hvs.{A24}
CONSUL_HTTP_TOKEN={X8}-{X4}-4{X3}-8{X3}-{X12}
NOMAD_TOKEN={X8}-{X4}-4{X3}-8{X3}-{X12}
ANSIBLE_BECOME_PASS={A10}1
KAFKA_SASL_PASSWORD={A64}
export AWS_SESSION_TOKEN={B200}
SNOWFLAKE_PASSWORD='{A10}1!'
rails secret_key_base: {X128}
APP_KEY=base64:{B43}=
session_secret = "{A32}"
jwt.secret={A40}
spring.datasource.password={A12}3
quarkus.datasource.password: {A12}3
security.oauth2.client.client-secret={X8}-{X4}-4{X3}-8{X3}-{X12}
    password: "{A8}3$"
      POSTGRES_PASSWORD: {A12}3
postgres_password = "{A12}3"
variable "db_password" {⏎  default = "{A12}3"⏎}
administrator_login_password = "{A10}3!"
"ConnectionString": "Server=db;Database=rain;User Id=sa;Password={A10}3!;"
jdbc:mysql://db/rain?user=rain&password={A12}3
PGPASSWORD={A10}3 psql -h db -U rain
mysqldump -h db -u rain -p{A10}3 rain > rain.sql
mysql --user=rain --password={A10}3
curl -u rain:{A12}3 https://api.rain.dev/v1/readings
curl -H "X-API-Key: {A32}" https://api.rain.dev
curl -H 'Authorization: Token {X40}' https://api.rain.dev
curl -H "PRIVATE-TOKEN: {A20}" https://gitlab.rain.dev
wget --http-user=ada --http-password={A10}3 https://rain.dev
http -a ada:{A12}3 https://rain.dev
docker login -u ada -p {A12}3 registry.rain.dev
echo "{A16}3" | docker login --username ada --password-stdin # password {A16}3
sshpass -p {A12}3 ssh ada@10.0.0.5
redis-cli -a {A16}3 ping
ALTER USER rain WITH PASSWORD '{A12}3';
CREATE USER rain IDENTIFIED BY '{A12}3';
machine rain.dev login ada password {A20}
default login ada password {A12}3
//registry.rain.dev/:_authToken={X8}-{X4}-4{X3}-8{X3}-{X12}
//registry.rain.dev/:_password={B24}
_auth = {B40}==
<server><username>ada</username><password>{A12}3</password></server>
<add key="ApiKey" value="{A40}" />
<add key="ClearTextPassword" value="{A12}3" />
<entry key="password">{A12}3</entry>
| DB_PASSWORD | {A12}3 |
| Service | User | Password |⏎|---|---|---|⏎| Grafana | admin | {A9}3! |
| Key | API token |⏎| :-- | --: |⏎| CI | `{A32}` |
Mot de passe : {A9}3
le mot de passe de la base est {A9}3
Contraseña: {A9}3
la contraseña es {A9}3
Senha do banco: {A9}3
password del database: {A9}3
Wachtwoord: {A9}3
Hasło: {A9}3
Пароль: {A9}3
Пароль от базы: {A9}3
Токен: {A36}
密码：{A9}3
数据库密码: {A9}3
パスワード：{A9}3
비밀번호: {A9}3
Password：{A9}3
API 密钥：{X32}
ENV API_TOKEN {A32}
ENV MYSQL_ROOT_PASSWORD {A12}3
The password:⏎⏎    {A12}3
Secret key:⏎```⏎{A40}⏎```
Token⏎⏎`{X40}`
apiVersion: v1⏎kind: Secret⏎data:⏎  password: {B24}
client-key-data: {B800}=
    token: eyJ{A33}.eyJ{A80}.{W43}
ghp\_{A36}
sk\-proj\-{A48}
xoxb\-{D11}\-{D12}\-{A24}
AKIA{U16} / {B40}
aws_secret_access_key={B40}
secretKey: '{B40}'
AccessKeySecret: {A30}
sk.eyJ1Ijoi{A60}.{W22}
nuget push -k oy2{x43}
dotnet nuget push x.nupkg --api-key {A46}
npm config set //registry.npmjs.org/:_authToken npm_{A36}
heroku config:set SECRET_TOKEN={A32}
gh secret set API_KEY --body "{A32}"
flyctl secrets set API_KEY={A32}
kubectl create secret generic db --from-literal=password={A12}3
helm upgrade x --set auth.password={A12}3
firebase functions:config:set stripe.key="{A32}"
TOTP secret: {U32}
otpauth://totp/Rain:ada?secret={U32}&issuer=Rain
Seed for 2FA: {U32}
wifi: Rainhouse / password {A9}3
PIN and password: {D4} / {A9}3
webhook secret whsec_{A32}
Slack signing secret: {X32}
Twilio auth token: {X32}
Sentry auth token: {X64}
Okta API token: 00{W40}
Jira API token: {A24}
Confluence PAT: {A44}
BITBUCKET_APP_PASSWORD={A20}
AZURE_DEVOPS_EXT_PAT={x52}
SONAR_TOKEN=squ_{X40}
CODECOV_TOKEN={X8}-{X4}-4{X3}-8{X3}-{X12}
"""
FRESH_BENIGN = r"""
Default password is your phone number without country code
The member sets their own password - no default password is issued.
default password is empty for root in XAMPP
The default password is only for initial setup
const token = require("../lambdas/token");
createUser: (name: string, password: string) => Promise<void>;
"Passwort: {$password}"
- Passwort: `<smtp-passwort>`
Neues Passwort: frisches Salz und Prüfwert
print(f"Passwort: {data['password']}")
Passwort bitte im Tresor nachsehen
Das Passwort steht im Tresor (KeePass)
Passwort: siehe 1Password, Eintrag "Rain 2"
Kennwort: wie besprochen
Mot de passe : à demander à Paul
Contraseña: la misma de siempre
Senha: ver cofre
Пароль: спросить у Анны
密码：见保险库
パスワード：金庫を参照
API Key: Configured in backend/.env file
OpenAI API Key: Configured
API Key: (39 chars)
API key: Member
Extract a request API key: the `x-api-key` header wins
Access Token: 3600 seconds (1 hour)
Refresh Token: 604800 seconds (7 days)
log.info("New Access Token: " + accessToken);
NSLog(@"Got tokens. Access token: %@", state.accessToken);
`TMDB_API_KEY` can contain either the v3 API key or the API Read Access Token:
SECRET_KEY=your-secret-key
JWT_SECRET_KEY=your-super-secret-key
JWT_ACCESS_TOKEN_EXPIRE_MINUTES=30
GOOGLE_CLIENT_ID=xxxxx.apps.googleusercontent.com
GOOGLE_CLIENT_SECRET=GOCSPX-xxxxx
STRIPE_SECRET_KEY=sk_test_...
API_KEY_HASH_SECRET=<32+ char random>
SECRET_KEY: "${TENCENT_SECRET_KEY}"
api_secret=os.getenv("CLOUDINARY_API_SECRET")
key_secret=get_env("SOLIS_CLOUD_KEY_SECRET"),
supports_credentials=True
SSL_KEY_PATH=/path/to/key.pem
KEYSTORE_FILE=../rain.keystore
keyAlias=rain-upload
ssh-keygen -t ed25519 -f ~/.ssh/rain
SSH key: ~/.ssh/rain_2024
deploy key fingerprint SHA256:{B43}
Server: 203.0.113.{D2}:2222
host 10.1.{D2}.{D2} answers on port 5432
Host key: SHA256:{B43}
merged {X40} into main
commit {X40} (HEAD -> main)
Reviewed {X10}, {X9} and {X8}
parent {X40} tree {X40}
git checkout {X40}
docker pull rain@sha256:{X64}
"integrity": "sha512-{B86}=="
"resolved": "https://registry.npmjs.org/x/-/x-1.2.3.tgz#{X40}"
requests==2.31.0 --hash=sha256:{X64}
checksum = "{X64}"
go.sum h1:{B43}=
tenant {X8}-{X4}-4{X3}-8{X3}-{X12}
AZURE_CLIENT_ID={X8}-{X4}-4{X3}-8{X3}-{X12}
subscription: {X8}-{X4}-4{X3}-8{X3}-{X12}
Heroku app id {X8}-{X4}-4{X3}-8{X3}-{X12}
Sentry event {X32}
Datadog dashboard: https://app.datadoghq.com/dashboard/{x11}
trace_id={X32} span_id={X16}
X-Request-Id: {X8}-{X4}-4{X3}-8{X3}-{X12}
Cloudflare zone {X32} in account {X32}
cache key {X64}
restore-keys: linux-{X40}
key: ${{ runner.os }}-{X40}
partition_key = {X8}-{X4}-4{X3}-8{X3}-{X12}
Primary key: {X8}-{X4}-4{X3}-8{X3}-{X12}
foreign key fk_station_2 on reading
public key: {B43}=
NEXT_PUBLIC_STRIPE_KEY=pk_test_{A24}
RECAPTCHA_SITE_KEY=6L{W38}
nextPageToken: {A24}
csrf token missing
token_type_hint=access_token
Tokens used: 12345 of 128000
tokens: 4096, temperature: 0.2
The tokenizer has 50257 tokens
The secret to fast tests: no network
A secret named rain-db-2 exists in the cluster
secretKeyRef: rain-db
imagePullSecrets: registry-cred
secretName: rain-tls-2025
password: ${{ secrets.DB_PASSWORD }}
password = var.db_password
password: !vault |
password: {{ vault_db_password }}
password=$(pass show rain/db)
export PGPASSWORD="$(cat /run/secrets/pg)"
PASSWORD_FILE=/run/secrets/pg
passwordHash: $2b$12$ is what bcrypt writes
The password must be at least 8 characters
The password reset page returns 404 since r1234
Passwords are hashed with PBKDF2-SHA256
password hashing moved from sha256 to argon2id
password: str = Field(min_length=12)
The token expires after 24h
token refresh fails with HTTP 401
the API key rotates every 90 days
Rotated the API key on 2025-10-26
We keep the token in GitHub Actions secrets
ask Ada for the wifi password
| password | string | required |
| Name | Password |⏎|---|---|⏎| ada | in the vault |⏎| bob | reset 2025-01-02 |
| Secret | Where |⏎|---|---|⏎| DB_PASSWORD | key vault rain-kv-2 |
| token | the session token | 2h |
<password>${env.DB_PASSWORD}</password>
<input type="password" name="password" id="pw1">
<label for="password">Password:</label>
ENV DB_PASSWORD=""
ARG API_TOKEN
docker run -u 1001:1001 -p 8080:80 rain
curl -u "$RAIN_USER:$RAIN_PASSWORD" https://rain.dev
curl -H "Authorization: Bearer ${TOKEN}" https://rain.dev
mysql -u rain -p rain
ssh -p 2222 ada@rain.dev
chmod 600 ~/.netrc
Login: https://rain.dev/login
credentials: see docs/credentials.md
login: ada@rain.dev
basic auth is off, OAuth2 is on
Next step: add `API_TOKEN` and `DB_PASSWORD` to the pipeline
Needs: SP_PASSWORD, SP_TENANT, Azure CLI 2.60
passed 128 of 131 tests in 12s
compass bearing 270deg
keyboard layout: de-latin1
monkey patch urllib3
turkey2024 release notes
src/auth/password_reset.py:120
PasswordResetTokenGenerator2 is subclassed
test_login_with_wrong_password_returns_401
python -m pytest tests/test_tokens.py -k "expired and not slow"
uid 1001(ada) gid 1001(ada)
DSN: http://localhost:8126
sig 0x{X8} at 0x{X8}
"""


def lines_of(shapes: str, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [made(shape, chance).replace("⏎", "\n") for shape in shapes.strip().splitlines()]


@pytest.mark.unit
@pytest.mark.parametrize(("shapes", "least"), [(VENDORS, 1.0), (FOUND, 1.0), (FRESH, 0.96)])
def test_secrets_are_found_by_their_form_or_by_what_stands_beside_them(
    shapes: str, least: float
) -> None:
    lines = lines_of(shapes, 46)
    missed = [line for line in lines if not scanner.scan(line)]
    assert len(lines) - len(missed) >= least * len(lines), missed


@pytest.mark.unit
@pytest.mark.parametrize("shapes", [NOT_FOUND, FRESH_BENIGN])
def test_of_what_is_none_nearly_nothing_is_found(shapes: str) -> None:
    lines = lines_of(shapes, 47)
    assert [line for line in lines if scanner.scan(line)] == []


@pytest.mark.unit
@pytest.mark.parametrize("seed", range(48, 58))
def test_by_chance_no_more_than_one_in_thirty_is_missed_or_wrong(seed: int) -> None:
    lines = lines_of(VENDORS + FOUND.lstrip() + FRESH.lstrip(), seed)
    missed = [line for line in lines if not scanner.scan(line)]
    assert len(missed) <= 0.03 * len(lines), missed
    wrong = [line for line in lines_of(NOT_FOUND + FRESH_BENIGN.lstrip(), seed) if scanner.scan(line)]
    assert len(wrong) <= 2, wrong


LINEAR = (
    "token=", "ghp_", "-eyJ", "password: a", "password: a1b2c3", "://a:", "sk-ant-", "key", "key=a1", "| password ", "password\n",
    "\\\\_", "<password>", "curl -u a:", "пароль: ", "пароль: a1b2c3 ", "aaaa1111 ", "login a password ", "|--|\n", "| password |\n|--|\n| a1b2c3 |\n",
    "pinecone:aaaa1111bbbb", " -p a1b2c3", "name: x\n value: ", "password (", "token for a b c", "password = \n", "   ", "\t", "=", "LS0t", "AAAA",
)  # fmt: skip


def seconds(text: str) -> float:
    """How long a scan takes, at best of two."""
    taken = []
    for _ in range(2):
        begun = time.process_time()
        scanner.scan(text)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("part", LINEAR)
def test_twice_the_text_takes_about_twice_the_time(part: str) -> None:
    once = part * (10_000 // len(part))
    scanner.scan(once[:100])
    for _ in range(5):
        first, second = seconds(once), seconds(once * 2)
        if second <= 2.6 * first + 0.01:
            return
    pytest.fail(f"{first:.3f} s, then {second:.3f} s")
