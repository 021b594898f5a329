/* SPDX-License-Identifier: Apache-2.0 */
/* How many elements a credential may still have evaluated: a token bucket for each, kept in memory and written to a
 * file at intervals.
 *
 * A bucket's state outlives the process. Of a process that is killed, what it granted since the last writing is
 * forgotten: that of one interval, of two when the disk is slow. When writing fails or takes longer, nothing is granted
 * until it succeeds again. Only one process can have the file; replicas need limits of their own. */
#ifndef PHASH_TOOLS_METER_H
#define PHASH_TOOLS_METER_H

#include "cli/text_out.h"
#include "evaluator/meter_clock.h"
#include "evaluator/token_bucket.h"

#include <stdbool.h>
#include <stdint.h>

#define METER_CREDENTIAL_MAX 128u    /* bytes of an id */
#define METER_CREDENTIALS_MAX 65536u /* ids whose buckets are not full, at one time */
#define METER_FLUSH_MAX 3600u

typedef struct meter meter;

typedef enum meter_answer {
    METER_GRANTED,
    METER_SPENT, /* the bucket holds too little */
    METER_FAILED /* cannot tell: never take it for granted */
} meter_answer;

/** Totals since the meter was opened, for operators; nothing in them belongs to one credential. */
typedef struct meter_counts {
    uint64_t granted;           /* requests */
    uint64_t granted_elements;  /* of these */
    uint64_t spent;             /* requests that were refused */
    uint64_t spent_elements;    /* of these */
    uint64_t failed;            /* requests that got METER_FAILED */
    uint64_t returned_elements; /* by meter_give_back */
    uint64_t flushes;           /* that succeeded */
    uint64_t flush_failures;
    uint64_t unwritten_ms; /* age of the oldest grant that is not in the file yet */
    uint32_t credentials;  /* whose buckets are not full */
    bool persistent;       /* there is a file */
    bool working;          /* grants are possible */
} meter_counts;

/** Open a meter. False after a message.
 *
 *  path           file, made when it is missing; NULL: in memory only
 *  flush_seconds  1..METER_FLUSH_MAX, how often it is written */
bool meter_open(meter **out, const char *path, const meter_limits *limits, uint32_t flush_seconds);

/** The same with clocks of the caller's choice, for tests. */
bool meter_open_clocked(meter **out, const char *path, const meter_limits *limits, uint32_t flush_seconds,
                        const meter_clock *clock);

/** Take elements from a credential's bucket. Any thread may call it.
 *
 *  credential     opaque id of 1..METER_CREDENTIAL_MAX bytes, not the token: it stands in the file
 *  retry_seconds  with METER_SPENT, when to come again; may be NULL. What is more than the burst is never granted. */
meter_answer meter_take(meter *m, const char *credential, uint64_t elements, uint64_t *retry_seconds);

/** Put back what was taken for a request that was not evaluated after all. */
void meter_give_back(meter *m, const char *credential, uint64_t elements);

void meter_totals(meter *m, meter_counts *out);

/** Write totals in the text format of Prometheus, version 0.0.4: names begin with phash_meter_. */
void meter_write(text *out, const meter_counts *counts);

/** Write now. False after a message, the same one only once. */
bool meter_flush(meter *m);

/** Write and close; no other thread may use it any more. False after a message when the last state could not be
 *  written. */
bool meter_close(meter **m);

#endif
