/* SPDX-License-Identifier: Apache-2.0 */
#include "walk/inode_set.h"

#include <stdlib.h>
#include <string.h>

/* Inodes come in runs: spread them over the table (the multiplier of Fibonacci hashing, 2^64 divided by the golden
 * ratio). */
static size_t place_of(const inode_set *set, uint64_t device, uint64_t inode)
{
    const uint64_t spread = (inode ^ device << 32) * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(spread >> 20) & (set->room - 1);

    while (set->at[i].inode != 0 && (set->at[i].inode != inode || set->at[i].device != device))
        i = (i + 1) & (set->room - 1);
    return i;
}

/* Keep a quarter free. */
static bool make_room(inode_set *set)
{
    inode_set grown = {.n = set->n, .room = set->room != 0 ? 2 * set->room : 64};

    if (4 * (set->n + 1) <= 3 * set->room)
        return true;
    grown.at = calloc(grown.room, sizeof *grown.at);
    if (grown.at == NULL)
        return false;
    for (size_t i = 0; i < set->room; i++)
        if (set->at[i].inode != 0)
            grown.at[place_of(&grown, set->at[i].device, set->at[i].inode)] = set->at[i];
    free(set->at);
    *set = grown;
    return true;
}

bool inode_set_add(inode_set *set, uint64_t device, uint64_t inode)
{
    if (inode == 0 || !make_room(set))
        return true;
    struct inode_key *key = &set->at[place_of(set, device, inode)];
    if (key->inode != 0)
        return false;
    *key = (struct inode_key){device, inode};
    set->n++;
    return true;
}

void inode_set_free(inode_set *set)
{
    free(set->at);
    memset(set, 0, sizeof *set);
}
