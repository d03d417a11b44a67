#!/bin/sh
# Shows git anchor at work, in a repository that is thrown away afterwards: a hand-kept log is
# imported, an anchor is written on a second branch, and the reminder comes after five commits.
set -eu

sample=$(cd "$(dirname "$0")" && pwd)/sample_log.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# Nothing of this machine's git shall show, and nothing of the demo shall stay.
for name in $(env | sed -n 's/^\(GIT_[A-Z0-9_]*\)=.*/\1/p') CI XDG_CONFIG_HOME; do
	unset "$name"
done
export HOME="$folder/home" GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8
mkdir "$HOME" "$folder/station"
cd "$folder/station"
exec </dev/null 2>&1

# Print a command as it would be typed, then run it.
run() {
	printf '$ %s\n' "$1"
	eval "$1"
	echo
}

say() {
	printf '== %s\n' "$1"
}

# Change the firmware and commit it.
work() {
	echo "$1" >>wind.c
	git commit --quiet --all --message "$1"
}

git init --quiet
git symbolic-ref HEAD refs/heads/main
git config user.name "Ada Field"
git config user.email ada@example.com
cp "$sample" GPT_Anchors_Log.md
echo "/* counts the turns of the cups */" >wind.c
git add --all
git commit --quiet --message "Rooftop weather station"

say "A repository with a log that was kept by hand"
run "git anchor init"
run "git add -- .anchors .gitattributes && git commit --quiet --message 'Keep anchors'"
run "git anchor import GPT_Anchors_Log.md"
run "git add -- .anchors GPT_Anchors_Log.md && git commit --quiet --message 'Import the log'"
run "git anchor list --limit 3"

say "A second branch, and an anchor at the end of a chat"
run "git switch --quiet --create wind-gauge"
run "git anchor add Wind_Gauge_First_Turns \\
    --context 'The cups turn, and the Hall sensor sees each turn.' \\
    --milestone 'Pulses are counted in an interrupt.' \\
    --next 'Find the factor from turns per second to m/s.' \\
    --dependency 'Tools: hand-held anemometer' --commit"

say "Four commits go by; at the fifth the hook reminds"
work "Count turns over ten seconds"
work "Keep the strongest gust of each minute"
work "Send gusts with each packet"
work "Ignore pulses shorter than 2 ms"
run "echo '/* 0.66 m/s a turn */' >>wind.c; git commit --quiet --all --message 'Use a factor of 0.66'"

say "The next chat starts from the anchor"
run "git anchor resume"

say "The log, generated from the anchors"
run "head -n 40 GPT_Anchors_Log.md"
