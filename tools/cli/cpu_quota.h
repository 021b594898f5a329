/* SPDX-License-Identifier: Apache-2.0 */
/* How much processor time a control group allows: containers and batch systems set it. */
#ifndef PHASH_TOOLS_CPU_QUOTA_H
#define PHASH_TOOLS_CPU_QUOTA_H

#include <stdint.h>

/** The least number of processors that use up what the groups of this process allow, rounded up; 0 when there is no
 *  bound. root stands before /proc/self/cgroup and /sys/fs/cgroup; "" but in tests.
 *  Source: Documentation/admin-guide/cgroup-v2.rst ("cpu.max") and scheduler/sched-bwc.rst of Linux. */
uint32_t cpu_quota(const char *root);

#endif
