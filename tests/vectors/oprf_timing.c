/* SPDX-License-Identifier: Apache-2.0 */
/* oprf_timing [n [rounds]]: CPU microseconds of the oblivious protocol's steps for a batch of n, per element, and
 * their ratio to one EC_POINT_mul with a point. Best of the rounds; small batches want many. */
#define _POSIX_C_SOURCE 200809L
#include "oprf/voprf_internal.h"
#include "support/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST 4096

static phash_voprf *v;
static size_t n = 256;
static unsigned long rounds = 7;
static uint8_t secret[32], pk[33], proof[PHASH_PROOF_SIZE];
static uint8_t input_bytes[MOST][12], blinds[32 * MOST], blinded[33 * MOST], evaluated[33 * MOST], outputs[32 * MOST];
static phash_part inputs[MOST];
static phash_affine points[MOST];

static void require(bool ok)
{
    if (!ok) {
        fprintf(stderr, "oprf_timing: a step failed\n");
        exit(EXIT_FAILURE);
    }
}

static void multiply(void)
{
    EC_POINT *p = EC_POINT_dup(EC_GROUP_get0_generator(v->group), v->group);
    BIGNUM *factor = BN_bin2bn(secret, 32, NULL);
    BN_CTX *bn = BN_CTX_new();

    require(p != NULL && factor != NULL && bn != NULL);
    for (size_t i = 0; i < n; i++)
        require(EC_POINT_mul(v->group, p, NULL, p, factor, bn) == 1);
    BN_CTX_free(bn);
    BN_free(factor);
    EC_POINT_free(p);
}

static void hash_each(void)
{
    uint8_t out[33];

    for (size_t i = 0; i < n; i++)
        require(phash_voprf_hash_to_group(v, out, input_bytes[i], 12) == PHASH_OK);
}

static void hash_batch(void)
{
    require(phash_hash_to_curve(v->digest, &v->kernels, points, inputs, n, &v->to_group) == PHASH_OK);
}

static void decode(void)
{
    require(phash_elements_decode(v, points, blinded, n, NULL) == PHASH_OK);
}

static void multiply_and_encode(void)
{
    phash_scalar k;

    require(phash_scalar_read(&k, secret) == PHASH_OK);
    require(phash_elements_evaluate(v, evaluated, points, n, &k) == PHASH_OK);
}

static void sum_once(void)
{
    phash_point sum;

    phash_multi_scalar_var(&sum, points, (const uint8_t(*)[32])blinds, n);
}

static void blind(void)
{
    require(phash_voprf_blind_batch(v, blinded, blinds, inputs, n) == PHASH_OK);
}

static void evaluate(void)
{
    require(phash_voprf_evaluate(v, evaluated, proof, NULL, secret, pk, blinded, n, NULL) == PHASH_OK);
}

static void finalize(void)
{
    require(phash_voprf_finalize(v, outputs, inputs, blinds, blinded, evaluated, n, pk, proof) == PHASH_OK);
}

static void output(void)
{
    for (size_t i = 0; i < n; i++)
        require(phash_voprf_output(v, outputs, secret, input_bytes[i], 12) == PHASH_OK);
}

static double measure(void (*step)(void))
{
    double best = 1e30;

    for (unsigned long i = 0; i < rounds; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
        step();
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        double us = (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
        if (us < best)
            best = us;
    }
    return best / (double)n;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*step)(void);
    } steps[] = {
        {"EC_POINT_mul", multiply},        {"hash_to_group, one by one", hash_each},
        {"hash_to_curve, batch", hash_batch}, {"blind, batch", blind},
        {"decode", decode},                {"multiply and encode", multiply_and_encode},
        {"weighted sum, per point", sum_once}, {"evaluate with proof", evaluate},
        {"finalize with proof", finalize}, {"output (set builder)", output},
    };
    const phash_allocator allocator = phash_allocator_from(NULL);
    const uint8_t seed[32] = {1};
    test_rng rng = test_rng_init(1);
    double unit = 0;

    if (argc >= 2)
        n = strtoul(argv[1], NULL, 10);
    if (argc >= 3)
        rounds = strtoul(argv[2], NULL, 10);
    require(n >= 1 && n <= MOST && rounds >= 1 && phash_voprf_new(&v, &allocator) == PHASH_OK);
    require(phash_voprf_derive_key(v, secret, pk, seed, NULL, 0) == PHASH_OK);
    test_rng_fill(&rng, input_bytes, sizeof input_bytes);
    for (size_t i = 0; i < n; i++) {
        inputs[i] = (phash_part){input_bytes[i], sizeof input_bytes[i]};
        require(phash_scalar_random(v, blinds + 32 * i) == PHASH_OK);
    }
    blind();
    evaluate();
    printf("n = %zu; CPU microseconds per element, and per EC_POINT_mul\n", n);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        double us = measure(steps[i].step);
        if (i == 0)
            unit = us;
        printf("%-28s %8.2f %6.2f\n", steps[i].name, us, us / unit);
    }
    phash_voprf_free(&v);
    return EXIT_SUCCESS;
}
