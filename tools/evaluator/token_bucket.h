/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets in whole numbers: what is missing from a full bucket, at an instant. */
#ifndef PHASH_TOOLS_TOKEN_BUCKET_H
#define PHASH_TOOLS_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/** What a credential may spend: `refill` elements in every `period` seconds, at most `burst` at once. */
typedef struct meter_limits {
    uint64_t refill;
    uint64_t period;
    uint64_t burst;
} meter_limits;

#define METER_REFILL_MAX (UINT64_C(1) << 40)
#define METER_PERIOD_MAX (UINT64_C(366) * 24 * 3600)

/** Limits in the unit of buckets: the part of an element that makes refilling for a millisecond a whole number. */
typedef struct bucket_rule {
    uint64_t refill;   /* units for each millisecond */
    uint64_t unit;     /* units of one element */
    uint64_t capacity; /* units of a full bucket */
} bucket_rule;

/** A bucket; all zeros is a full one. */
typedef struct token_bucket {
    uint64_t missing; /* units that a full bucket has more */
    uint64_t at_ms;   /* when */
} token_bucket;

/** False when a limit is nought or beyond what can be counted exactly. */
bool bucket_rule_from(bucket_rule *out, const meter_limits *limits);

/** Refill a bucket for the time since it was last touched. Time that goes back changes nothing. */
void bucket_age(token_bucket *b, const bucket_rule *rule, uint64_t now_ms);

/** Take elements, or say how many milliseconds from now they will be there. What a full bucket does not hold will never
 *  be there: then it says when the bucket is full. */
bool bucket_take(token_bucket *b, const bucket_rule *rule, uint64_t now_ms, uint64_t elements, uint64_t *wait_ms);

/** Put elements back, at most until it is full. */
void bucket_put_back(token_bucket *b, const bucket_rule *rule, uint64_t elements);

/** Whole elements that are missing; a part of one counts as one. */
uint64_t bucket_missing(const token_bucket *b, const bucket_rule *rule);

/** The bucket that lacked `missing` elements `age_ms` ago. */
token_bucket bucket_restored(const bucket_rule *rule, uint64_t missing, uint64_t age_ms, uint64_t now_ms);

#endif
