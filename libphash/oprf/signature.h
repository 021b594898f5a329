/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 signatures (RFC 8032) from OpenSSL, and keys in the PEM forms of RFC 8410. */
#ifndef PHASH_OPRF_SIGNATURE_H
#define PHASH_OPRF_SIGNATURE_H

#include <phash/phash.h>

#define PHASH_ED25519_SEED_SIZE 32
#define PHASH_ED25519_PUBLIC_SIZE 32
#define PHASH_ED25519_SIGNATURE_SIZE 64

/** Public key of a secret seed. PHASH_E_NO_MEMORY when OpenSSL cannot. Secret: seed. */
PHASH_NODISCARD phash_status phash_ed25519_public(uint8_t public_key[PHASH_ED25519_PUBLIC_SIZE],
                                                  const uint8_t seed[PHASH_ED25519_SEED_SIZE]);

/** Sign size bytes (RFC 8032, section 5.1.6: the same message and seed give the same signature).
 *  PHASH_E_NO_MEMORY when OpenSSL cannot. Secret: seed. */
PHASH_NODISCARD phash_status phash_ed25519_sign(uint8_t signature[PHASH_ED25519_SIGNATURE_SIZE],
                                                const uint8_t seed[PHASH_ED25519_SEED_SIZE], const uint8_t *message,
                                                size_t size);

/** Verify a signature of size bytes (section 5.1.7). PHASH_E_SIGNATURE when it does not fit, whatever is wrong with it
 *  or with the public key; PHASH_E_NO_MEMORY when OpenSSL cannot. */
PHASH_NODISCARD phash_status phash_ed25519_verify(const uint8_t public_key[PHASH_ED25519_PUBLIC_SIZE],
                                                  const uint8_t signature[PHASH_ED25519_SIGNATURE_SIZE],
                                                  const uint8_t *message, size_t size);

/** Read the one secret key of a PEM file, as `openssl genpkey -algorithm ed25519` writes it. A key behind a passphrase
 *  is refused. PHASH_E_KEY with the reason in diag. Secret: seed, pem. */
PHASH_NODISCARD phash_status phash_ed25519_read_secret(uint8_t seed[PHASH_ED25519_SEED_SIZE], phash_diag *diag,
                                                       const uint8_t *pem, size_t size);

/** Read the one public key of a PEM file, as `openssl pkey -pubout` writes it. PHASH_E_KEY with the reason in diag; a
 *  secret key is refused, so that nobody hands one out by mistake. */
PHASH_NODISCARD phash_status phash_ed25519_read_public(uint8_t public_key[PHASH_ED25519_PUBLIC_SIZE],
                                                       phash_diag *diag, const uint8_t *pem, size_t size);

#endif
