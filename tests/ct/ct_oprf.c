/* SPDX-License-Identifier: Apache-2.0 */
/* ct_oprf field|scalar|curve|hash|control, to be run under valgrind: memcheck's errors are the result. */
#include "ct/ct_arithmetic.h"
#include "oprf/hash_to_curve.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void curve(void)
{
    phash_fe u[2];
    phash_point p[3];
    phash_affine a[3];
    uint8_t bytes[33];

    memset(u, 0x33, sizeof u);
    SECRET(u);
    for (int i = 0; i < 2; i++)
        phash_map_to_curve(&p[i], &u[i]);
    phash_point_add(&p[2], &p[0], &p[1]);
    phash_points_to_affine(a, p, 3);
    uint64_t mask = phash_affine_is_identity(&a[2]);
    phash_fe_select(&a[2].x, mask, &phash_fe_one, &a[2].x);
    phash_affine_encode(bytes, &a[2]);
}

/* From the secret message to the point, OpenSSL's SHA-256 included; and comparing secrets. */
static int hash(void)
{
    const phash_allocator allocator = phash_allocator_from(NULL);
    phash_digest *d = NULL;
    phash_dst dst;
    phash_affine a[3];
    phash_scalar s;
    uint8_t message[3][21];
    int ok = phash_digest_new(&d, &allocator) == PHASH_OK && phash_dst_init(d, &dst, "tag", 3) == PHASH_OK;

    memset(message, 0x77, sizeof message);
    SECRET(message);
    const phash_part parts[3] = {{message[0], 21}, {message[1], 20}, {message[2], 1}};
    ok = ok && phash_hash_to_curve(d, NULL, a, parts, 3, &dst) == PHASH_OK;
    ok = ok && phash_hash_to_scalar(d, &s, parts, 3, &dst) == PHASH_OK;
    bool equal = phash_mem_equal_ct(message[0], message[1], sizeof message[0]);
    PUBLIC(equal);
    phash_digest_free(&d);
    return ok && (equal || !equal) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* What the other tests must never do. */
static int control(void)
{
    uint64_t secret = 3;

    SECRET(secret);
    return secret == 3 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    const char *part = argc == 2 ? argv[1] : "";

    if (RUNNING_ON_VALGRIND == 0) {
        printf("SKIP: not under valgrind\n");
        return 77;
    }
    if (strcmp(part, "field") == 0)
        ct_field();
    else if (strcmp(part, "scalar") == 0)
        ct_scalar();
    else if (strcmp(part, "curve") == 0)
        curve();
    else if (strcmp(part, "hash") == 0)
        return hash();
    else if (strcmp(part, "control") == 0)
        return control();
    else
        return 64;
    return EXIT_SUCCESS;
}
