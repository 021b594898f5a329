/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds for fuzz_digest_list: a list in each shape. */
#include <stdio.h>
#include <string.h>

#define MD5 "900150983cd24fb0d6963f7d28e17f72"
#define SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

int main(int argc, char **argv)
{
    static const char *const lists[] = {
        "0" MD5 "\n" SHA1 "  name\r\n# comment\n" SHA256 ",\"a \"\"b\"\"\"\n\\" MD5 " *a\\nb\n" MD5 ":3:c:d\n",
        "1MD5 (a) = " MD5 "\nSHA256 (b (c)) = " SHA256 "\n\\SHA2-256(d\\\\)= " SHA256 "\n",
        "2%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## x\n3," MD5 "," SHA256 ",/a,b\n3," MD5 ",,c\n",
        "3\"SHA-1\",\"MD5\",\"FileName\"\n\"" SHA1 "\",\"" MD5 "\",\"x, y\"\n\"" SHA1 "\",,\"z\n",
        "4hash,path\n" SHA1 ",p\n" SHA256 ",q\nd41d8cd98f00b204e9800998ecf8427e,r\n",
    };
    char path[4096];
    int failed = argc != 2;

    for (size_t i = 0; i < sizeof lists / sizeof *lists && !failed; i++) {
        snprintf(path, sizeof path, "%s/list%d", argv[1], (int)i);
        FILE *file = fopen(path, "wb");
        failed = file == NULL || fputs(lists[i], file) < 0;
        failed = (file != NULL && fclose(file) != 0) || failed;
    }
    return failed;
}
