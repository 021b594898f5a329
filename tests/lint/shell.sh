#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/lint_common.sh"
checks "shell scripts pass shellcheck"

command -v shellcheck >/dev/null || skip "no shellcheck"
find_in_tree -name '*.sh' | tr '\n' '\0' | xargs -0 shellcheck -x -P SCRIPTDIR -f gcc >>"$findings"
finish
