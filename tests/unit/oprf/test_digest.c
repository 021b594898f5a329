/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers: FIPS 180 examples, RFC 4231, RFC 5869, and the AES-128 cases of McGrew and Viega's GCM
 * specification, which NIST adopted. */
#include "oprf/digest.h"

#include "support/guard.h"
#include "support/hex.h"

#include <check.h>
#include <openssl/err.h>
#include <string.h>

Suite *suite_digest(void);

static phash_allocator allocator;
static phash_digest *digest;

static void set_up(void)
{
    allocator = phash_allocator_from(NULL);
    ck_assert_int_eq(phash_digest_new(&digest, &allocator), PHASH_OK);
}

static void tear_down(void)
{
    phash_digest_free(&digest);
    ck_assert_ptr_null(digest);
    phash_digest_free(&digest);
    phash_digest_free(NULL);
}

static void check_hex(const uint8_t *got, size_t size, const char *expected)
{
    uint8_t bytes[256];

    ck_assert_uint_eq(hex_decode(bytes, sizeof bytes, expected), size);
    ck_assert_mem_eq(got, bytes, size);
}

START_TEST(sha256_known_answers)
{
    const phash_part abc[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};
    uint8_t out[32];

    ck_assert_int_eq(phash_sha256(digest, out, abc, 3), PHASH_OK);
    check_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_int_eq(phash_sha256(digest, out, NULL, 0), PHASH_OK);
    check_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_int_eq(phash_sha256(NULL, out, abc, 3), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_sha256(digest, out, NULL, 1), PHASH_E_ARGUMENT);
    const phash_part hole = {NULL, 1};
    ck_assert_int_eq(phash_sha256(digest, out, &hole, 1), PHASH_E_ARGUMENT);
}
END_TEST

static void check_hmac(const char *key_hex, size_t repeat, const char *text, size_t text_size, const char *expected)
{
    uint8_t key[160], out[32];
    size_t key_size = hex_decode(key, sizeof key, key_hex);
    const phash_part parts[] = {{text, text_size / 2}, {text + text_size / 2, text_size - text_size / 2}};

    if (repeat != 0) {
        memset(key, key[0], repeat);
        key_size = repeat;
    }
    ck_assert_int_eq(phash_hmac(digest, out, key, key_size, parts, 2), PHASH_OK);
    check_hex(out, 32, expected);
}

START_TEST(hmac_rfc_4231)
{
    char fifty[50];
    static const char larger[] = "This is a test using a larger than block-size key and a larger than block-size data."
                                 " The key needs to be hashed before being used by the HMAC algorithm.";

    check_hmac("0b", 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    check_hmac("4a656665", 0, "what do ya want for nothing?", 28,
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(fifty, '\xdd', sizeof fifty);
    check_hmac("aa", 20, fifty, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    memset(fifty, '\xcd', sizeof fifty);
    check_hmac("0102030405060708090a0b0c0d0e0f10111213141516171819", 0, fifty, 50,
               "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    check_hmac("aa", 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    check_hmac("aa", 131, larger, sizeof larger - 1,
               "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}
END_TEST

START_TEST(hkdf_rfc_5869)
{
    uint8_t prk[32], info[80], out[82];

    hex_decode(prk, 32, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    size_t size = hex_decode(info, sizeof info, "f0f1f2f3f4f5f6f7f8f9");
    const phash_part parts[] = {{info, 4}, {info + 4, size - 4}};
    ck_assert_int_eq(phash_hkdf_expand(digest, out, 42, prk, parts, 2), PHASH_OK);
    check_hex(out, 42, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    hex_decode(prk, 32, "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
    for (size_t i = 0; i < sizeof info; i++)
        info[i] = (uint8_t)(0xb0 + i);
    const phash_part all = {info, sizeof info};
    ck_assert_int_eq(phash_hkdf_expand(digest, out, 82, prk, &all, 1), PHASH_OK);
    check_hex(out, 82,
              "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
              "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    hex_decode(prk, 32, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
    ck_assert_int_eq(phash_hkdf_expand(digest, out, 42, prk, NULL, 0), PHASH_OK);
    check_hex(out, 42, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}
END_TEST

START_TEST(hkdf_limits)
{
    static uint8_t out[255 * 32];
    const uint8_t prk[32] = {1};
    phash_part parts[9] = {{NULL, 0}};

    ck_assert_int_eq(phash_hkdf_expand(digest, out, sizeof out, prk, NULL, 0), PHASH_OK);
    ck_assert_int_eq(phash_hkdf_expand(digest, out, sizeof out + 1, prk, NULL, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hkdf_expand(digest, out, 32, prk, parts, 8), PHASH_OK);
    ck_assert_int_eq(phash_hkdf_expand(digest, out, 32, prk, parts, 9), PHASH_E_ARGUMENT);
}
END_TEST

static const char gcm_key[] = "feffe9928665731c6d6a8f9467308308";
static const char gcm_nonce[] = "cafebabefacedbaddecaf888";
static const char gcm_aad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char gcm_plain[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char gcm_sealed[] = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                                 "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
                                 "5bc94fbc3221a5db94fae95ae7121a47";

START_TEST(gcm_known_answers)
{
    const uint8_t zero[16] = {0};
    uint8_t key[16], nonce[12], aad[20], plain[60], out[76], back[60];

    ck_assert_int_eq(phash_aead_seal(digest, out, zero, zero, NULL, 0, NULL, 0), PHASH_OK);
    check_hex(out, 16, "58e2fccefa7e3061367f1d57a4e7455a");
    ck_assert_int_eq(phash_aead_open(digest, NULL, zero, zero, NULL, 0, out, 16), PHASH_OK);
    ck_assert_int_eq(phash_aead_seal(digest, out, zero, zero, NULL, 0, zero, 16), PHASH_OK);
    check_hex(out, 32, "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf");
    hex_decode(key, 16, gcm_key);
    hex_decode(nonce, 12, gcm_nonce);
    hex_decode(aad, 20, gcm_aad);
    hex_decode(plain, 60, gcm_plain);
    ck_assert_int_eq(phash_aead_seal(digest, out, key, nonce, aad, 20, plain, 60), PHASH_OK);
    check_hex(out, 76, gcm_sealed);
    ck_assert_int_eq(phash_aead_open(digest, back, key, nonce, aad, 20, out, 76), PHASH_OK);
    ck_assert_mem_eq(back, plain, 60);
    memcpy(out, plain, 60); /* in place */
    ck_assert_int_eq(phash_aead_seal(digest, out, key, nonce, aad, 20, out, 60), PHASH_OK);
    check_hex(out, 76, gcm_sealed);
    ck_assert_int_eq(phash_aead_open(digest, out, key, nonce, aad, 20, out, 76), PHASH_OK);
    ck_assert_mem_eq(out, plain, 60);
}
END_TEST

START_TEST(gcm_refuses_every_changed_bit)
{
    static const uint8_t zeros[60];
    uint8_t key[16], nonce[12], aad[20], sealed[76], out[60];

    hex_decode(key, 16, gcm_key);
    hex_decode(nonce, 12, gcm_nonce);
    hex_decode(aad, 20, gcm_aad);
    hex_decode(sealed, 76, gcm_sealed);
    struct {
        uint8_t *bytes;
        size_t size;
    } all[] = {{key, 16}, {nonce, 12}, {aad, 20}, {sealed, 76}};
    for (size_t k = 0; k < 4; k++)
        for (size_t bit = 0; bit < 8 * all[k].size; bit++) {
            all[k].bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            memset(out, 0xa5, sizeof out);
            ck_assert_int_eq(phash_aead_open(digest, out, key, nonce, aad, 20, sealed, 76), PHASH_E_CHECKSUM);
            ck_assert_mem_eq(out, zeros, sizeof out);
            all[k].bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
    ck_assert_uint_eq(ERR_peek_error(), 0); /* nothing left behind in the caller's error queue */
    ck_assert_int_eq(phash_aead_open(digest, out, key, nonce, aad, 20, sealed, 76), PHASH_OK);
}
END_TEST

START_TEST(gcm_every_length_and_cut)
{
    const uint8_t key[16] = {1}, nonce[12] = {2};

    for (size_t size = 0; size < 70; size++) {
        guard_buffer plain = guard_new(size), sealed = guard_new(size + 16), back = guard_new(size);
        memset(plain.data, (int)size, size);
        ck_assert_int_eq(phash_aead_seal(digest, sealed.data, key, nonce, key, size % 17, plain.data, size), PHASH_OK);
        ck_assert_int_eq(phash_aead_open(digest, back.data, key, nonce, key, size % 17, sealed.data, size + 16),
                         PHASH_OK);
        ck_assert_mem_eq(back.data, plain.data, size);
        for (size_t cut = 0; cut < size + 16; cut++)
            ck_assert_int_eq(phash_aead_open(digest, back.data, key, nonce, key, size % 17, sealed.data, cut),
                             PHASH_E_CHECKSUM);
        guard_free(&plain);
        guard_free(&sealed);
        guard_free(&back);
    }
}
END_TEST

Suite *suite_digest(void)
{
    Suite *s = suite_create("oprf/digest");
    TCase *c = tcase_create("digest");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, sha256_known_answers);
    tcase_add_test(c, hmac_rfc_4231);
    tcase_add_test(c, hkdf_rfc_5869);
    tcase_add_test(c, hkdf_limits);
    tcase_add_test(c, gcm_known_answers);
    tcase_add_test(c, gcm_refuses_every_changed_bit);
    tcase_add_test(c, gcm_every_length_and_cut);
    suite_add_tcase(s, c);
    return s;
}
