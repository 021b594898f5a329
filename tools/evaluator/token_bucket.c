/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/token_bucket.h"

/* Sums of two capacities stay within 64 bits. */
#define CAPACITY_MAX (UINT64_C(1) << 62)

bool bucket_rule_from(bucket_rule *out, const meter_limits *limits)
{
    if (limits->refill < 1 || limits->refill > METER_REFILL_MAX || limits->period < 1 ||
        limits->period > METER_PERIOD_MAX || limits->burst < 1)
        return false;
    out->refill = limits->refill;
    out->unit = limits->period * 1000;
    if (limits->burst > CAPACITY_MAX / out->unit)
        return false;
    out->capacity = limits->burst * out->unit;
    return true;
}

void bucket_age(token_bucket *b, const bucket_rule *rule, uint64_t now_ms)
{
    if (now_ms <= b->at_ms)
        return;
    const uint64_t elapsed = now_ms - b->at_ms;
    b->at_ms = now_ms;
    /* compared by division: the product may not fit */
    if (elapsed > b->missing / rule->refill)
        b->missing = 0;
    else
        b->missing -= elapsed * rule->refill;
}

static uint64_t divided_up(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

bool bucket_take(token_bucket *b, const bucket_rule *rule, uint64_t now_ms, uint64_t elements, uint64_t *wait_ms)
{
    bucket_age(b, rule, now_ms);
    if (elements > rule->capacity / rule->unit) {
        *wait_ms = divided_up(b->missing, rule->refill);
        return false;
    }
    const uint64_t cost = elements * rule->unit;
    if (cost > rule->capacity - b->missing) {
        *wait_ms = divided_up(b->missing + cost - rule->capacity, rule->refill);
        return false;
    }
    b->missing += cost;
    *wait_ms = 0;
    return true;
}

void bucket_put_back(token_bucket *b, const bucket_rule *rule, uint64_t elements)
{
    if (elements > b->missing / rule->unit)
        b->missing = 0;
    else
        b->missing -= elements * rule->unit;
}

uint64_t bucket_missing(const token_bucket *b, const bucket_rule *rule)
{
    return divided_up(b->missing, rule->unit);
}

token_bucket bucket_restored(const bucket_rule *rule, uint64_t missing, uint64_t age_ms, uint64_t now_ms)
{
    token_bucket b = {rule->capacity, 0};

    if (missing < rule->capacity / rule->unit)
        b.missing = missing * rule->unit;
    bucket_age(&b, rule, age_ms);
    b.at_ms = now_ms;
    return b;
}
