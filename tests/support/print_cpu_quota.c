/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what cpu_quota says of a folder that is laid out like /: print_cpu_quota ROOT. */
#include "cli/cpu_quota.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    printf("%" PRIu32 "\n", cpu_quota(argc > 1 ? argv[1] : ""));
    return 0;
}
