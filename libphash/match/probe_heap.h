/* SPDX-License-Identifier: Apache-2.0 */
/* Heaps of flip patterns, one for each view, in shared memory: leftist heaps (Knuth, The Art of Computer Programming 3,
 * section 5.2.3) of nodes from one pool. */
#ifndef PHASH_MATCH_PROBE_HEAP_H
#define PHASH_MATCH_PROBE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Which of a stream's sorted bits are flipped. Secret. */
typedef struct phash_probe_pattern {
    uint64_t flips;
    float cost; /* -log of its likelihood */
    uint32_t stream;
    uint32_t last; /* highest sorted index in flips */
} phash_probe_pattern;

/** A pattern that waits. Links are indices + 1; 0 is none. */
typedef struct phash_probe_node {
    phash_probe_pattern pattern;
    uint32_t left;
    uint32_t right;
    uint32_t height; /* nodes on the way to the nearest missing child */
} phash_probe_node;

typedef struct phash_probe_pool {
    phash_probe_node *nodes; /* room of them */
    uint32_t room;
    uint32_t used;
    uint32_t spare; /* nodes that were given back, linked by left */
} phash_probe_pool;

typedef struct phash_probe_heap {
    uint32_t top; /* 0: empty */
} phash_probe_heap;

/** Add a pattern. Dropped when the pool is full. */
void phash_probe_push(phash_probe_pool *pool, phash_probe_heap *heap, const phash_probe_pattern *pattern);

/** Take the cheapest pattern; false when there is none. */
bool phash_probe_pop(phash_probe_pool *pool, phash_probe_heap *heap, phash_probe_pattern *pattern);

/** Wipe all nodes; every heap of the pool is to be emptied by its owner. */
void phash_probe_pool_wipe(phash_probe_pool *pool);

#endif
