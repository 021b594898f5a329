/* SPDX-License-Identifier: Apache-2.0 */
/* What a query remembers between request and response. */
#ifndef PHASH_MATCH_QUERY_H
#define PHASH_MATCH_QUERY_H

#include "hashset/set_file.h"
#include "match/probe_plan.h"
#include "oprf/voprf.h"

#include <phash/private.h>

/** A match and the entry it belongs to. */
typedef struct phash_found_match {
    phash_opened_entry entry;
    uint32_t distance;
    uint32_t reading;
} phash_found_match;

/** A fingerprint that entries are compared with. */
typedef struct phash_query_reading {
    phash_hash hash;
    uint32_t index; /* its place among those the caller gave */
} phash_query_reading;

struct phash_query {
    phash_allocator allocator;
    const phash_set *set;
    phash_voprf *voprf;
    phash_planner *planner;
    uint32_t budget;
    phash_tree_cache cache; /* of digest blocks of the set that were verified */
    bool waiting;         /* a request was written and its response is awaited */
    size_t reading_count; /* those that may be matched */
    phash_query_reading readings[PHASH_READINGS_PER_QUERY];
    /* budget elements each */
    phash_probe *probes;
    phash_part *parts; /* the inputs again, as the VOPRF takes them */
    uint8_t *inputs;   /* PHASH_TOKEN_INPUT_SIZE each */
    uint8_t *blinds;   /* PHASH_SCALAR_SIZE each */
    uint8_t *blinded;  /* PHASH_ELEMENT_SIZE each */
    uint8_t *tokens;   /* PHASH_VOPRF_OUTPUT_SIZE each */
    phash_found_match *matches;
    size_t match_count;
    size_t match_room;
};

/** Wipe what belongs to the query that was begun. */
void phash_query_forget(phash_query *q);

/** Wipe what the last query found. */
void phash_query_forget_matches(phash_query *q);

#endif
