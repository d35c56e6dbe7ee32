# One prompt to a model of OpenAI's and one to a model of Anthropic's, each of which ends with a file. None that is
# refused: Copilot CLI would try again for a minute, and says of a refused request no more than that it failed.
set -eu
export HOME="$PWD/home" COPILOT_HOME="$PWD/home/.copilot" COPILOT_AUTO_UPDATE=false
mkdir -p "$HOME" work && cd work
git init -q -b main
git remote add origin https://nobody:of-nobody@github.com/nobody/hello.git

ask() { ../node_modules/.bin/copilot --allow-all-tools --prompt "Write hello.txt" < /dev/null; }
export COPILOT_PROVIDER_TYPE=openai COPILOT_PROVIDER_BASE_URL="$OPENAI_BASE_URL" COPILOT_PROVIDER_API_KEY="$OPENAI_API_KEY"
COPILOT_MODEL=gpt-4o-mini ask
export COPILOT_PROVIDER_TYPE=anthropic COPILOT_PROVIDER_BASE_URL="$ANTHROPIC_BASE_URL" COPILOT_PROVIDER_API_KEY="$ANTHROPIC_API_KEY"
COPILOT_MODEL=claude-sonnet-4-5 ask
