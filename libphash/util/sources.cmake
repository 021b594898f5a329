set(util_sources bytes.c cpu.c diag.c mem.c)
