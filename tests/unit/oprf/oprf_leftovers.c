/* SPDX-License-Identifier: Apache-2.0 */
/* No block of the heap may still hold a secret when a call is over: neither one of OpenSSL's that lives on in a
 * handle, nor one of ours when it is released. What OpenSSL itself frees is its own affair and is not looked at. */
#include "oprf/voprf_internal.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 16 /* bytes that count as a leftover */

/* Every block, ours and OpenSSL's, in one list. */
typedef struct block {
    struct block *before, *after;
    size_t size;
    size_t padding; /* keeps what follows aligned */
} block;

static block head = {&head, &head, 0, 0};
static uint8_t pieces[512][PIECE];
static const char *names[512];
static size_t n_pieces;
static bool starts[1 << 16]; /* is there a piece with these first two bytes? Most of the heap is passed by that. */
static unsigned long failures;

static void add_piece(const char *name, const uint8_t *bytes)
{
    if (n_pieces == sizeof pieces / sizeof *pieces)
        abort();
    starts[bytes[0] << 8 | bytes[1]] = true;
    names[n_pieces] = name;
    memcpy(pieces[n_pieces++], bytes, PIECE);
}

/* A secret of 16 or more bytes: as it is, backwards as in little-endian numbers, and word by word as in SHA-256. */
static void watch(const char *name, const uint8_t *bytes, size_t size)
{
    uint8_t turned[2][64];

    for (size_t i = 0; i < size; i++) {
        turned[0][i] = bytes[size - 1 - i];
        turned[1][i] = bytes[i ^ 3];
    }
    for (size_t at = 0; at + PIECE <= size; at += PIECE) {
        add_piece(name, bytes + at);
        add_piece(name, turned[0] + at);
        add_piece(name, turned[1] + at);
    }
}

static void watch_scalar(const char *name, const phash_scalar *s)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                      0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    uint8_t bytes[32];

    watch(name, (const uint8_t *)s, 32);
    phash_scalar_to_bytes(bytes, s);
    watch(name, bytes, 32);
    for (int round = 0; round < 2; round++) { /* OpenSSL's ladder runs on scalar + order or scalar + 2 order */
        unsigned carry = 0;
        for (size_t i = 32; i-- > 0; carry >>= 8) {
            carry += (unsigned)bytes[i] + order[i];
            bytes[i] = (uint8_t)carry;
        }
        watch(name, bytes, 32);
    }
}

static void watch_point(const char *name, const phash_affine *p)
{
    uint8_t bytes[32];

    phash_fe_to_bytes(bytes, &p->x);
    watch(name, bytes, 32);
    watch(name, (const uint8_t *)&p->x, 32);
    watch(name, (const uint8_t *)&p->y, 32);
}

static void search(const char *when, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at + PIECE <= size; at++) {
        if (!starts[data[at] << 8 | data[at + 1]])
            continue;
        for (size_t i = 0; i < n_pieces; i++)
            if (memcmp(data + at, pieces[i], PIECE) == 0) {
                printf("%s: %s in a block of %zu, at %zu\n", when, names[i], size, at);
                failures++;
            }
    }
}

static void check_heap(const char *when)
{
    for (block *b = head.after; b != &head; b = b->after)
        search(when, (const uint8_t *)(b + 1), b->size);
}

static void *get(size_t size)
{
    block *b = calloc(1, sizeof *b + size);

    if (b == NULL)
        return NULL;
    *b = (block){&head, head.after, size, 0};
    head.after->before = b;
    head.after = b;
    return b + 1;
}

static void put(void *ptr)
{
    if (ptr == NULL)
        return;
    block *b = (block *)ptr - 1;
    b->before->after = b->after;
    b->after->before = b->before;
    free(b);
}

static void *openssl_get(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return get(size);
}

static void openssl_put(void *ptr, const char *file, int line)
{
    (void)file;
    (void)line;
    put(ptr);
}

static void *openssl_resize(void *ptr, size_t size, const char *file, int line)
{
    void *next = openssl_get(size, file, line);

    if (next != NULL && ptr != NULL) {
        size_t old = ((block *)ptr - 1)->size;
        memcpy(next, ptr, old < size ? old : size);
        put(ptr);
    }
    return next;
}

static void *our_get(void *user, size_t size)
{
    (void)user;
    return get(size);
}

static void our_put(void *user, void *ptr)
{
    (void)user;
    if (ptr != NULL)
        search("released", ptr, ((block *)ptr - 1)->size);
    put(ptr);
}

static void require(bool ok, const char *what)
{
    if (!ok) {
        printf("%s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

static void check_exchange(phash_voprf *v)
{
    static const uint8_t input[] = "a text that is long enough to be recognised in memory";
    static const phash_part part = {input, sizeof input - 1};
    static uint8_t seed[32], secret[32], pk[33], blind[32], nonce[32], blinded[33], evaluated[33], proof[64];
    static uint8_t output[32], direct[32];
    phash_affine hashed, unblinded;
    phash_scalar k, b, r;

    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(7 * i + 1);
    require(phash_scalar_random(v, blind) == PHASH_OK && phash_scalar_random(v, nonce) == PHASH_OK, "drawing");
    require(phash_voprf_derive_key(v, secret, pk, seed, NULL, 0) == PHASH_OK, "deriving");
    require(phash_scalar_read(&k, secret) == PHASH_OK && phash_scalar_read(&b, blind) == PHASH_OK &&
                phash_scalar_read(&r, nonce) == PHASH_OK,
            "reading");
    require(phash_hash_to_curve(v->digest, &v->kernels, &hashed, &part, 1, &v->to_group) == PHASH_OK, "hashing");
    require(phash_affine_mul(v, &unblinded, &hashed, &k) == PHASH_OK, "multiplying");
    require(phash_voprf_output(v, output, secret, input, sizeof input - 1) == PHASH_OK, "output");
    watch("seed", seed, 32);
    watch("input", input, 48);
    watch("output", output, 32);
    watch_scalar("key", &k);
    watch_scalar("blind", &b);
    watch_scalar("nonce", &r);
    phash_scalar_inv(&b, &b);
    watch_scalar("1 / blind", &b);
    watch_point("hashed input", &hashed);
    watch_point("unblinded element", &unblinded);
    check_heap("before");
    require(phash_voprf_derive_key(v, secret, pk, seed, NULL, 0) == PHASH_OK, "deriving");
    check_heap("derive_key");
    require(phash_voprf_blind(v, blinded, blind, input, sizeof input - 1) == PHASH_OK, "blinding");
    check_heap("blind");
    require(phash_voprf_evaluate(v, evaluated, proof, NULL, secret, pk, blinded, 1, nonce) == PHASH_OK, "evaluating");
    check_heap("evaluate");
    require(phash_voprf_finalize(v, direct, &part, blind, blinded, evaluated, 1, pk, proof) == PHASH_OK &&
                memcmp(direct, output, 32) == 0,
            "finalizing");
    check_heap("finalize");
    require(phash_voprf_output(v, direct, secret, input, sizeof input - 1) == PHASH_OK, "output");
    check_heap("output");
}

static void check_digests(phash_digest *d)
{
    static uint8_t key[32], mac[32], expanded[64], sealed[80], opened[64];
    static const uint8_t text[] = "another text, which is to be sealed, opened and authenticated";
    static const phash_part part = {text, sizeof text};
    const uint8_t nonce[PHASH_AEAD_NONCE_SIZE] = {1};

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(5 * i + 200);
    require(phash_hmac(d, mac, key, 32, &part, 1) == PHASH_OK, "hmac");
    require(phash_hkdf_expand(d, expanded, 64, key, &part, 1) == PHASH_OK, "hkdf");
    watch("key", key, 32);
    watch("text", text, 48);
    watch("mac", mac, 32);
    watch("expanded", expanded, 64);
    require(phash_hmac(d, mac, key, 32, &part, 1) == PHASH_OK, "hmac");
    check_heap("hmac");
    require(phash_hkdf_expand(d, expanded, 64, key, &part, 1) == PHASH_OK, "hkdf");
    check_heap("hkdf");
    require(phash_aead_seal(d, sealed, key, nonce, NULL, 0, text, 48) == PHASH_OK, "sealing");
    check_heap("seal");
    require(phash_aead_open(d, opened, key, nonce, NULL, 0, sealed, 64) == PHASH_OK, "opening");
    check_heap("open");
    sealed[0] ^= 1;
    require(phash_aead_open(d, opened, key, nonce, NULL, 0, sealed, 64) == PHASH_E_CHECKSUM, "refusing");
    check_heap("refused open");
}

/* The search must be able to find something. */
static void check_control(void)
{
    uint8_t *p = get(100);

    require(p != NULL, "allocation");
    for (size_t i = 0; i < n_pieces; i++) {
        unsigned long before = failures;
        memcpy(p + 84, pieces[i], PIECE);
        search("expected", p, 100);
        require(failures > before, "the search itself");
        failures = before;
    }
    unsigned long before = failures;
    check_heap("expected"); /* the last piece */
    require(failures > before, "the walk");
    failures = before;
    put(p);
}

int main(void)
{
    phash_options options = {sizeof options, our_get, our_put, NULL, NULL};
    const phash_allocator allocator = phash_allocator_from(&options);
    phash_voprf *v = NULL;

    require(CRYPTO_set_mem_functions(openssl_get, openssl_resize, openssl_put) == 1, "replacing OpenSSL's malloc");
    require(phash_voprf_new(&v, &allocator) == PHASH_OK, "the handle");
    check_exchange(v);
    check_digests(v->digest);
    check_control();
    phash_voprf_free(&v);
    printf("%zu pieces, %lu leftovers\n", n_pieces, failures);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
