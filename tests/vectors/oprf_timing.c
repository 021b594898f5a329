/* SPDX-License-Identifier: Apache-2.0 */
/* oprf_timing [--json] [--plain] [--rounds R] [n]: processor time of the oblivious protocol's steps for a batch of n
 * (256), per element, in microseconds and as a ratio to one EC_POINT_mul with a point.
 *
 * Every step is timed between two runs of EC_POINT_mul; the ratio is to their mean, and what is printed are medians
 * (and the quartiles of the ratio) over R rounds (15), so that other programs on the machine matter little. --plain
 * does without the vector kernels. --json writes a line for each step. */
#define _POSIX_C_SOURCE 200809L
#include "oprf/voprf_internal.h"
#include "support/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST 4096
#define ROUNDS_MOST 1000
#define MULTIPLIES 32 /* of EC_POINT_mul, before and after every step */

static phash_voprf *v;
static size_t n = 256;
static size_t rounds = 15;
static bool json, plain;
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

static void hash_batch(void)
{
    require(phash_hash_to_curve(v->digest, &v->kernels, points, inputs, n, &v->to_group) == PHASH_OK);
}

static void encode(void)
{
    for (size_t i = 0; i < n; i++)
        phash_affine_encode(evaluated + 33 * i, &points[i]);
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

    if (v->kernels.fast)
        phash_lanes_multi_scalar_var(&v->kernels, &sum, points, (const uint8_t(*)[32])blinds, n);
    else
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

static void client(void)
{
    blind();
    finalize();
}

static void output(void)
{
    require(phash_voprf_output_batch(v, outputs, secret, inputs, n) == PHASH_OK);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Microseconds of one EC_POINT_mul with a point */
static double time_multiply(void)
{
    EC_POINT *p = EC_POINT_dup(EC_GROUP_get0_generator(v->group), v->group);
    BIGNUM *factor = BN_bin2bn(secret, 32, NULL);
    BN_CTX *bn = BN_CTX_new();

    require(p != NULL && factor != NULL && bn != NULL);
    const double start = now();
    for (size_t i = 0; i < MULTIPLIES; i++)
        require(EC_POINT_mul(v->group, p, NULL, p, factor, bn) == 1);
    const double us = (now() - start) / MULTIPLIES;
    BN_CTX_free(bn);
    BN_free(factor);
    EC_POINT_free(p);
    return us;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const char *name, double *us, double *ratio)
{
    const size_t half = rounds / 2;
    const size_t quarter = rounds / 4;

    qsort(us, rounds, sizeof *us, ascending);
    qsort(ratio, rounds, sizeof *ratio, ascending);
    if (json)
        printf("{\"step\":\"%s\",\"n\":%zu,\"kernels\":\"%s\",\"rounds\":%zu,\"us\":%.3f,\"ratio\":%.4f,"
               "\"ratio_q1\":%.4f,\"ratio_q3\":%.4f}\n",
               name, n, v->kernels.isa, rounds, us[half], ratio[half], ratio[quarter], ratio[rounds - 1 - quarter]);
    else
        printf("%-28s %9.2f %8.3f   %.3f-%.3f\n", name, us[half], ratio[half], ratio[quarter],
               ratio[rounds - 1 - quarter]);
}

static void measure(const char *name, void (*step)(void))
{
    static double us[ROUNDS_MOST], ratio[ROUNDS_MOST];
    double before = time_multiply();

    for (size_t i = 0; i < rounds; i++) {
        const double start = now();
        if (step != NULL)
            step();
        us[i] = (now() - start) / (double)n;
        const double after = time_multiply();
        if (step == NULL)
            us[i] = after;
        ratio[i] = us[i] / ((before + after) / 2);
        before = after;
    }
    report(name, us, ratio);
}

static void usage(void)
{
    fprintf(stderr, "usage: oprf_timing [--json] [--plain] [--rounds R] [n], n 1..%d, R 1..%d\n", MOST, ROUNDS_MOST);
    exit(64);
}

static void read_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--plain") == 0)
            plain = true;
        else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            rounds = strtoul(argv[++i], NULL, 10);
        else if (argv[i][0] >= '1' && argv[i][0] <= '9')
            n = strtoul(argv[i], NULL, 10);
        else
            usage();
    }
    if (n < 1 || n > MOST || rounds < 1 || rounds > ROUNDS_MOST)
        usage();
}

static void prepare(void)
{
    const phash_allocator allocator = phash_allocator_from(NULL);
    const uint8_t seed[32] = {1};
    test_rng rng = test_rng_init(1);

    require(phash_voprf_new(&v, &allocator) == PHASH_OK);
    if (plain)
        phash_p256_kernels_init(&v->kernels, 0);
    require(phash_voprf_derive_key(v, secret, pk, seed, NULL, 0) == PHASH_OK);
    test_rng_fill(&rng, input_bytes, sizeof input_bytes);
    for (size_t i = 0; i < n; i++) {
        inputs[i] = (phash_part){input_bytes[i], sizeof input_bytes[i]};
        require(phash_scalar_random(v, blinds + 32 * i) == PHASH_OK);
    }
    blind();
    evaluate();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*step)(void);
    } steps[] = {
        {"multiply (EC_POINT_mul)", NULL},  {"hash to curve", hash_batch},
        {"encode", encode},                 {"decode", decode},
        {"multiply and encode", multiply_and_encode}, {"weighted sum", sum_once},
        {"blind", blind},                   {"evaluate with proof", evaluate},
        {"finalise with proof", finalize},  {"client: blind and finalise", client},
        {"builder evaluate", output},
    };

    read_arguments(argc, argv);
    prepare();
    if (!json)
        printf("n = %zu, kernels %s, %zu rounds; processor time per element\n%-28s %9s %8s   quartiles\n", n,
               v->kernels.isa, rounds, "", "us", "ratio");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        measure(steps[i].name, steps[i].step);
    phash_voprf_free(&v);
    return EXIT_SUCCESS;
}
