/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of an array are in small nodes, so that there are many. */
#define XA_CHUNK_SHIFT 3
