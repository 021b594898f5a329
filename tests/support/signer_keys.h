/* SPDX-License-Identifier: Apache-2.0 */
/* Keys for tests of signatures: the seeds of RFC 8032, section 7.1, as PEM files, and files that are none. All of them
 * are public knowledge. */
#ifndef PHASH_TESTS_SIGNER_KEYS_H
#define PHASH_TESTS_SIGNER_KEYS_H

#define SIGNER_COUNT 4

/** Secret key i; TEST 1, TEST 2, TEST 3 and TEST SHA(abc). */
static const char *const signer_secret[SIGNER_COUNT] = {
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n"
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIIM/5iQJI3udYux3WHUgkR6adZzsHRl1W32pAbltyj1C\n"
    "-----END PRIVATE KEY-----\n",
};

/** Public key i. */
static const char *const signer_public[SIGNER_COUNT] = {
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
    "-----END PUBLIC KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=\n"
    "-----END PUBLIC KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA7Bcrk61eVjv0kyxw4SRQNMNUZ+8u/U1k6/gZaDRn4r8=\n"
    "-----END PUBLIC KEY-----\n",
};

/** Key 3 behind a passphrase (PBES2). */
static const char signer_locked[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjBe4si9Cr1sAICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAuRX9CXrsGfQfuTTXWXRegEQJX2\n"
    "JKGMeu9M1FtoLAbltNy2EUKlE0qgO09Nv+bGV+JYOafC9JX5OeSt7/5AoBBDfx6h\n"
    "Th6rwsu5mkzKNHJIQPk=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/** Keys of other kinds: X25519, and both halves of one on P-256. */
static const char signer_x25519[] =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIGBisASjd10J6XCCbP03OCp7uTxpF/xwruyRgRa5goF4\n"
    "-----END PRIVATE KEY-----\n";
static const char signer_p256[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVjExniYyVi5jyFaQ\n"
    "vyueIo2APR87PoAkuF/gWmk+d86hRANCAAS6wU86+uoE0/YcEcaDzzQrPHuBmzwQ\n"
    "ipD3RcZNA6IZzF5KEgevR45UQDRm2tUogMrMTbTB9jUICOmF1zlO8WGa\n"
    "-----END PRIVATE KEY-----\n";
static const char signer_p256_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEusFPOvrqBNP2HBHGg880Kzx7gZs8\n"
    "EIqQ90XGTQOiGcxeShIHr0eOVEA0ZtrVKIDKzE20wfY1CAjphdc5TvFhmg==\n"
    "-----END PUBLIC KEY-----\n";

#endif
