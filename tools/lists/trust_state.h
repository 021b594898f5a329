/* SPDX-License-Identifier: Apache-2.0 */
/* The file in which a device remembers the newest edition it has accepted of each set. Text, one line for each:
 *
 *   libphash sets seen 1
 *   <set id, 32 hexadecimal digits> <sequence> <digest of the manifest, 64 hexadecimal digits>
 */
#ifndef PHASH_TOOLS_TRUST_STATE_H
#define PHASH_TOOLS_TRUST_STATE_H

#include <phash/set.h>

#include <stdbool.h>

/** A state file, read and locked against other programs. */
typedef struct trust_state {
    const char *path;
    int lock; /* descriptor of the file PATH.lock */
    phash_set_seen *sets;
    size_t count;
} trust_state;

/** Lock and read a state file; one that does not exist is empty. False after a message: a damaged file is never taken
 *  for an empty one. */
bool trust_state_open(trust_state *s, const char *path);

/** What is remembered of a set; NULL when nothing is. */
const phash_set_seen *trust_state_find(const trust_state *s, const uint8_t id[PHASH_SET_ID_SIZE]);

/** Remember an edition and write the file, whole or not at all. False after a message. */
bool trust_state_store(trust_state *s, const phash_set_seen *seen);

/** Unlock and free. */
void trust_state_close(trust_state *s);

#endif
