/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of the exchange, version 0 (docs/protocol.md, "Messages"). Integers are big-endian, as in RFC 9497.
 *
 *   request   version 1, type 1, count 2, set id 16, key id 16, count elements of 33
 *   response  version 1, type 1, count 2, key id 16, count elements of 33, proof 64
 *   error     version 1, type 1, code 2, index 2, key id 16
 */
#ifndef PHASH_MATCH_WIRE_H
#define PHASH_MATCH_WIRE_H

#include "oprf/voprf.h"

#include <phash/set.h>

#define PHASH_WIRE_VERSION 0u
#define PHASH_WIRE_REQUEST 1u
#define PHASH_WIRE_RESPONSE 2u
#define PHASH_WIRE_ERROR 3u

#define PHASH_REQUEST_HEAD_SIZE (4u + PHASH_SET_ID_SIZE + PHASH_KEY_ID_SIZE)
#define PHASH_RESPONSE_HEAD_SIZE (4u + PHASH_KEY_ID_SIZE)
#define PHASH_ERROR_SIZE (6u + PHASH_KEY_ID_SIZE)

/** Which rule a request broke. Numbers never change meaning. */
typedef enum phash_wire_error {
    PHASH_WIRE_BAD_MESSAGE = 1, /* length, type or count do not fit */
    PHASH_WIRE_BAD_VERSION = 2,
    PHASH_WIRE_UNKNOWN_KEY = 3, /* the key id is not the one this evaluator serves */
    PHASH_WIRE_TOO_MANY = 4,    /* more tokens than one request may carry */
    PHASH_WIRE_BAD_ELEMENT = 5, /* element `index` is not a valid point */
    PHASH_WIRE_UNAVAILABLE = 6  /* the evaluator is in trouble; ask again later */
} phash_wire_error;

#endif
