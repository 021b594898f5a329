/* SPDX-License-Identifier: Apache-2.0 */
/* ct_protocol input|client|lanes|server|random|control, to be run under valgrind: the protocol's own steps on secrets,
 * with the room oprf/ compiled so that it says what it publishes and what it hands to OpenSSL (oprf/declassify.h).
 *
 * client is the device with OpenSSL's multiplication, which is not looked into; lanes is device and set builder with
 * the kernels of simd/p256.h, plain ones, multiplication included: other variants compile the same lines. */
#include "ct/secret.h"
#include "hashset/band.h"
#include "oprf/declassify.h"
#include "oprf/voprf_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5, SIZE = PHASH_TOKEN_INPUT_SIZE };

static phash_voprf *v;
static uint8_t secret[32], pk[33], blinds[N][32], inputs[N][SIZE], blinded[33 * N], evaluated[33 * N], outputs[32 * N];
static uint8_t proof[PHASH_PROOF_SIZE], nonce[32];
static phash_part parts[N];

void phash_ct_declassify(const void *bytes, size_t size)
{
    VALGRIND_MAKE_MEM_DEFINED(bytes, size);
}

void phash_ct_classify(const void *bytes, size_t size)
{
    VALGRIND_MAKE_MEM_UNDEFINED(bytes, size);
}

static void require(bool ok, const char *what)
{
    if (!ok) {
        printf("%s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

/* Deterministic bytes that are secret: for the parts that draw. */
static int secret_random(void *user, uint8_t *out, size_t size)
{
    (void)user;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(37 * i + 11);
    VALGRIND_MAKE_MEM_UNDEFINED(out, size);
    return 0;
}

static void prepare(bool lanes)
{
    const uint8_t seed[32] = {3};
    phash_allocator allocator = phash_allocator_from(NULL);

    allocator.random = secret_random;
    require(phash_voprf_new(&v, &allocator) == PHASH_OK, "context");
    phash_p256_kernels_init(&v->kernels, 0);
    v->kernels.fast = lanes;
    require(phash_voprf_derive_key(v, secret, pk, seed, NULL, 0) == PHASH_OK, "key");
    PUBLIC(secret);
    PUBLIC(pk);
    for (size_t i = 0; i < N; i++) {
        memset(blinds[i], (int)(0x31 + i), 32);
        memset(inputs[i], (int)(0x70 + i), SIZE);
        parts[i] = (phash_part){inputs[i], SIZE};
    }
    memset(nonce, 0x5a, sizeof nonce);
}

/* From the picture's hash to the inputs of the VOPRF, in every layout */
static void input(void)
{
    phash_hash hash;
    phash_band_layout layout;
    uint8_t out[SIZE];

    memset(&hash, 0xc3, sizeof hash);
    SECRET(hash);
    for (uint32_t bands = PHASH_BANDS_MIN; bands <= PHASH_BANDS_MAX; bands++) {
        require(phash_band_layout_init(&layout, bands) == PHASH_OK, "layout");
        for (uint32_t j = 0; j < bands; j++)
            phash_band_input(out, &layout, j, phash_band_value(&layout, &hash, j));
    }
}

static void evaluate(void)
{
    require(phash_voprf_evaluate(v, evaluated, proof, NULL, secret, pk, blinded, N, nonce) == PHASH_OK, "evaluating");
}

/* Hash, blind, unblind, hash: inputs, blinds and outputs are secret, what travels is not. */
static void client(void)
{
    uint8_t direct[32 * N];

    SECRET(inputs);
    SECRET(blinds);
    require(phash_voprf_blind_batch(v, blinded, blinds[0], parts, N) == PHASH_OK, "blinding");
    PUBLIC(blinded);
    evaluate();
    PUBLIC(proof);
    require(phash_voprf_finalize(v, outputs, parts, blinds[0], blinded, evaluated, N, pk, proof) == PHASH_OK,
            "finalising");
    SECRET(secret);
    require(phash_voprf_output_batch(v, direct, secret, parts, N) == PHASH_OK, "output");
    bool same = phash_mem_equal_ct(direct, outputs, sizeof direct);
    PUBLIC(same);
    require(same, "comparing");
}

/* The key holder: key and nonce are secret. */
static void server(void)
{
    require(phash_voprf_blind_batch(v, blinded, blinds[0], parts, N) == PHASH_OK, "blinding");
    PUBLIC(blinded);
    SECRET(secret);
    SECRET(nonce);
    evaluate();
    require(phash_voprf_public_key(v, pk, secret) == PHASH_OK, "public key");
}

static void draw(void)
{
    uint8_t out[32], seed[32] = {1};

    require(phash_scalar_random(v, out) == PHASH_OK, "drawing");
    SECRET(seed);
    require(phash_voprf_derive_key(v, secret, pk, seed, NULL, 0) == PHASH_OK, "deriving");
}

/* What must be reported: secrets stay secret on the way through all of it. */
static void control(void)
{
    SECRET(inputs);
    require(phash_voprf_output_batch(v, outputs, secret, parts, N) == PHASH_OK, "output");
    if (outputs[3] == 7)
        printf("the output\n");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
        bool lanes;
    } all[] = {
        {"input", input, false},  {"client", client, false}, {"lanes", client, true},      {"server", server, false},
        {"random", draw, false},  {"control", control, false}, {"control_lanes", control, true},
    };

    if (RUNNING_ON_VALGRIND == 0) {
        printf("SKIP: not under valgrind\n");
        return 77;
    }
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (argc == 2 && strcmp(argv[1], all[i].name) == 0) {
            prepare(all[i].lanes);
            all[i].run();
            phash_voprf_free(&v);
            return EXIT_SUCCESS;
        }
    return 64;
}
