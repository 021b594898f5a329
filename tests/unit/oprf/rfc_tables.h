/* SPDX-License-Identifier: Apache-2.0 */
/* Published test vectors, hexadecimal as printed: RFC 9380, appendices J.1.1 (P256_XMD:SHA-256_SSWU_RO_), K.1 and K.2
 * (expand_message_xmd with SHA-256), and RFC 9497, appendices A.3.1 and A.3.2 (P-256, SHA-256, modes OPRF and VOPRF).
 * tests/vectors/vectors_oprf runs these and A.3.3, mode POPRF, from a file. */
#ifndef PHASH_TESTS_RFC_TABLES_H
#define PHASH_TESTS_RFC_TABLES_H

#include <stddef.h>

/* A message is text followed by count times fill. */
typedef struct rfc_message {
    const char *text;
    char fill;
    int count;
} rfc_message;

typedef struct curve_vector {
    rfc_message message;
    const char *u[2], *q0[2], *q1[2], *p[2]; /* coordinates x, y */
} curve_vector;

typedef struct expand_vector {
    rfc_message tag; /* DST */
    rfc_message message;
    size_t size;
    const char *uniform_bytes;
} expand_vector;

typedef struct oprf_vector {
    size_t n;
    const char *input[2], *blind[2], *blinded[2], *evaluated[2], *output[2];
    const char *proof, *nonce; /* NULL in mode OPRF */
} oprf_vector;

typedef struct oprf_mode {
    unsigned char mode;
    const char *seed, *key_info, *secret;
    const char *public_key; /* the RFC has none for mode OPRF */
    size_t n;
    const oprf_vector *vectors;
} oprf_mode;

extern const char rfc9380_curve_tag[];
extern const curve_vector rfc9380_curve[5];
extern const expand_vector rfc9380_expand[20];
extern const oprf_mode rfc9497_modes[2];

#endif
