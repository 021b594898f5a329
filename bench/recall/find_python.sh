# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sets python to one that has Pillow and numpy; read in with `.`. Leaves it empty when there is none: Debian's packages
# belong to /usr/bin/python3, which need not be the first in the path.
python=
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import numpy, PIL' 2>/dev/null; then
        # shellcheck disable=SC2034 # for the script that reads this in
        python=$candidate
        break
    fi
done
