/* SPDX-License-Identifier: Apache-2.0 */
/* Why an input could not be judged: a fixed vocabulary that scripts may rely on (phash-scan(1)). */
#ifndef PHASH_TOOLS_REASON_H
#define PHASH_TOOLS_REASON_H

#include <phash/phash.h>

typedef enum reason {
    REASON_NONE,
    REASON_UNREADABLE,   /* a file or directory could not be opened or read */
    REASON_EMPTY,        /* no bytes */
    REASON_NOT_AN_IMAGE, /* not of a known image kind */
    REASON_UNSUPPORTED,  /* an image of a kind this build does not decode */
    REASON_TRUNCATED,    /* the data ends early */
    REASON_CORRUPT,      /* the data is damaged */
    REASON_TOO_LARGE,    /* over a limit */
    REASON_TOO_SMALL,    /* a side under 5 pixels */
    REASON_LOW_QUALITY,  /* too flat to be told from other pictures */
    REASON_MEANINGLESS,  /* the hash is rounding noise: stripes, gradients */
    REASON_TIMEOUT,      /* over the CPU time limit */
    REASON_NO_MEMORY,
    REASON_MALFORMED,   /* a line that is no hash */
    REASON_EVALUATOR,   /* the evaluator refused, or its answer does not verify */
    REASON_EVALUATOR_UNAVAILABLE, /* it did not answer */
    REASON_SET_DAMAGED, /* the blinded set does not agree with its digests */
    REASON_DECODER_CRASHED, /* its process died, or said what cannot be */
    REASON_INTERNAL,    /* a bug of ours */
    REASON_COUNT
} reason;

/** The word for a reason; "" for REASON_NONE. */
const char *reason_name(reason r);

/** The reason that stands for a status of decoding or matching. */
reason reason_of(phash_status status);

#endif
