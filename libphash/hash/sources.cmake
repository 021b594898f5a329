set(hash_sources dihedral.c distance.c filter.c fingerprint.c hasher.c luma_plane.c text.c)
