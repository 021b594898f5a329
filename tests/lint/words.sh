#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What belongs to one machine, or to how the work was organised, stays out of the files.
. "$(dirname "$0")/lint_common.sh"
checks "no paths of one machine and no talk about the making of the files"

# Split so that this file does not find itself.
paths='/wo''rk/|/ro''ot/|/ho''me/[a-z]|/tmp/ba''sh|/tmp/br''ief'
talk='sub-?ag''ents?|(this|previous|next|last|my) sess''ion|language mod''el|desi''gn folder|the br''ief says'
find_in_tree | tr '\n' '\0' | xargs -0 grep -IniE "($paths)|(^|[^a-zA-Z])($talk)([^a-zA-Z]|\$)" /dev/null |
    cut -c 1-160 >>"$findings"
finish
