/* SPDX-License-Identifier: Apache-2.0 */
/* Files and directories that were seen before, by device and inode. */
#ifndef PHASH_TOOLS_INODE_SET_H
#define PHASH_TOOLS_INODE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A hash set; all zero is empty. */
typedef struct inode_set {
    struct inode_key {
        uint64_t device;
        uint64_t inode; /* 0: a free place */
    } *at;
    size_t n;
    size_t room; /* a power of two, or 0 */
} inode_set;

/** Add one. False when it is there already; true when it is new, also when memory is short: what is forgotten is then
 *  looked at twice, which is safe. */
bool inode_set_add(inode_set *set, uint64_t device, uint64_t inode);

/** Forget all, and free the memory. */
void inode_set_free(inode_set *set);

#endif
