/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519: the vectors of RFC 8032, section 7.1, and what must not verify; keys as PEM files. */
#include "oprf/signature.h"

#include "support/hex.h"
#include "support/signer_keys.h"

#include <check.h>
#include <openssl/err.h>
#include <string.h>

Suite *suite_signature(void);

typedef struct vector {
    const char *seed, *public_key, *message, *signature;
} vector;

static const vector vectors[SIGNER_COUNT] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
     "24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
     "eeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed2"
     "8dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce8"
     "0e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac1"
     "7ad9bef1177331a704"},
};

typedef struct decoded {
    uint8_t seed[32], public_key[32], message[64], signature[64];
    size_t size;
} decoded;

static decoded decode(const vector *v)
{
    decoded d;

    ck_assert_uint_eq(hex_decode(d.seed, 32, v->seed), 32);
    ck_assert_uint_eq(hex_decode(d.public_key, 32, v->public_key), 32);
    ck_assert_uint_eq(hex_decode(d.signature, 64, v->signature), 64);
    d.size = hex_decode(d.message, 64, v->message);
    return d;
}

START_TEST(rfc8032_vectors)
{
    for (size_t i = 0; i < SIGNER_COUNT; i++) {
        decoded d = decode(&vectors[i]);
        uint8_t public_key[32], signature[64];
        ck_assert_int_eq(phash_ed25519_public(public_key, d.seed), PHASH_OK);
        ck_assert_mem_eq(public_key, d.public_key, 32);
        ck_assert_int_eq(phash_ed25519_sign(signature, d.seed, d.message, d.size), PHASH_OK);
        ck_assert_mem_eq(signature, d.signature, 64);
        ck_assert_int_eq(phash_ed25519_verify(d.public_key, d.signature, d.message, d.size), PHASH_OK);
    }
}
END_TEST

START_TEST(nothing_else_verifies)
{
    decoded d = decode(&vectors[3]);

    for (size_t i = 0; i < 8 * sizeof d.signature; i++) {
        d.signature[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert_int_eq(phash_ed25519_verify(d.public_key, d.signature, d.message, d.size), PHASH_E_SIGNATURE);
        d.signature[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t i = 0; i < 8 * d.size; i++) {
        d.message[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert_int_eq(phash_ed25519_verify(d.public_key, d.signature, d.message, d.size), PHASH_E_SIGNATURE);
        d.message[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t i = 0; i < 8 * sizeof d.public_key; i++) {
        d.public_key[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert_int_eq(phash_ed25519_verify(d.public_key, d.signature, d.message, d.size), PHASH_E_SIGNATURE);
        d.public_key[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    ck_assert_int_eq(phash_ed25519_verify(d.public_key, d.signature, d.message, d.size - 1), PHASH_E_SIGNATURE);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

/* S + L is another encoding of the same scalar: section 5.1.7 has it refused, else signatures could be varied. */
START_TEST(scalars_over_the_order_are_refused)
{
    decoded d = decode(&vectors[1]);
    uint8_t order[32];
    unsigned carry = 0;

    ck_assert_uint_eq(hex_decode(order, 32, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"), 32);
    for (size_t i = 0; i < 32; i++, carry >>= 8) {
        carry += (unsigned)d.signature[32 + i] + order[i];
        d.signature[32 + i] = (uint8_t)carry;
    }
    ck_assert_int_eq(phash_ed25519_verify(d.public_key, d.signature, d.message, d.size), PHASH_E_SIGNATURE);
}
END_TEST

static phash_status read_secret(uint8_t seed[32], phash_diag *diag, const char *pem)
{
    diag->text[0] = '\0';
    return phash_ed25519_read_secret(seed, diag, (const uint8_t *)pem, strlen(pem));
}

static phash_status read_public(uint8_t key[32], phash_diag *diag, const char *pem)
{
    diag->text[0] = '\0';
    return phash_ed25519_read_public(key, diag, (const uint8_t *)pem, strlen(pem));
}

START_TEST(keys_are_read_from_pem)
{
    for (size_t i = 0; i < SIGNER_COUNT; i++) {
        decoded d = decode(&vectors[i]);
        uint8_t got[32];
        phash_diag diag;
        ck_assert_int_eq(read_secret(got, &diag, signer_secret[i]), PHASH_OK);
        ck_assert_mem_eq(got, d.seed, 32);
        ck_assert_int_eq(read_public(got, &diag, signer_public[i]), PHASH_OK);
        ck_assert_mem_eq(got, d.public_key, 32);
    }
}
END_TEST

START_TEST(other_pem_files_are_refused_with_the_reason)
{
    static const struct {
        const char *pem;
        const char *secret_reason; /* part of the message when a secret key is wanted */
        const char *public_reason;
    } cases[] = {
        {"", "not a PEM file", "not a PEM file"},
        {"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v", "not a PEM file", "not a PEM file"},
        {signer_locked, "behind a passphrase", "a secret key, and the public one"},
        {signer_x25519, "another kind than Ed25519", "a secret key, and the public one"},
        {signer_p256, "another kind than Ed25519", "a secret key, and the public one"},
        {signer_p256_public, "a public key, and the secret one", "another kind than Ed25519"},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "of no key", "of no key"},
        {"-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n", "damaged", "a secret key, and the public"},
        {"-----BEGIN PUBLIC KEY-----\nMC4C\n-----END PUBLIC KEY-----\n", "a public key, and the secret", "damaged"},
        {"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7T", "a public key, and the secret", "damaged"},
    };
    uint8_t got[32];
    phash_diag diag;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(read_secret(got, &diag, cases[i].pem), PHASH_E_KEY);
        ck_assert_msg(strstr(diag.text, cases[i].secret_reason) != NULL, "case %zu: %s", i, diag.text);
        ck_assert_int_eq(read_public(got, &diag, cases[i].pem), PHASH_E_KEY);
        ck_assert_msg(strstr(diag.text, cases[i].public_reason) != NULL, "case %zu: %s", i, diag.text);
    }
    char two[1024];
    strcpy(two, signer_secret[0]);
    strcat(two, signer_secret[1]);
    ck_assert_int_eq(read_secret(got, &diag, two), PHASH_E_KEY);
    ck_assert_ptr_nonnull(strstr(diag.text, "2 PEM blocks"));
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(null_arguments_are_refused)
{
    uint8_t b[64] = {0};

    ck_assert_int_eq(phash_ed25519_public(NULL, b), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_public(b, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_sign(NULL, b, b, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_sign(b, NULL, b, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_sign(b, b, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_verify(NULL, b, b, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_verify(b, NULL, b, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_verify(b, b, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_read_secret(NULL, NULL, b, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_read_secret(b, NULL, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_read_public(NULL, NULL, b, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_ed25519_read_public(b, NULL, NULL, 1), PHASH_E_ARGUMENT);
}
END_TEST

Suite *suite_signature(void)
{
    Suite *s = suite_create("oprf/signature");
    TCase *c = tcase_create("signature");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, rfc8032_vectors);
    tcase_add_test(c, nothing_else_verifies);
    tcase_add_test(c, scalars_over_the_order_are_refused);
    tcase_add_test(c, keys_are_read_from_pem);
    tcase_add_test(c, other_pem_files_are_refused_with_the_reason);
    tcase_add_test(c, null_arguments_are_refused);
    suite_add_tcase(s, c);
    return s;
}
