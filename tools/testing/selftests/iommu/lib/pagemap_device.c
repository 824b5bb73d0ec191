// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "memory.h"
#include "mock.h"
#include "pagemap.h"

/* Pages that are asked about at once */
#define BLOCK 512

/* So many of the mock's are in as many pages of 4 KiB */
#define MAX_LEAVES (BLOCK * 2)

/* pagemap_check_device() for at most BLOCK pages */
static int check_block(int fd, __u32 hwpt, __u64 iova, const void *p,
		       size_t npages)
{
	const size_t page = mem_page_size();
	size_t i, nr = npages * page / MOCK_PAGE_SIZE;
	uint64_t pfns[BLOCK];
	__u64 phys[MAX_LEAVES];
	int rc;

	rc = pagemap_read_pfns(p, pfns, npages);
	rc = rc ? rc : mock_get_phys(fd, hwpt, iova, npages * page, phys);
	for (i = 0; i < nr && !rc; i++) {
		size_t at = i * MOCK_PAGE_SIZE;

		if (phys[i] != pfns[at / page] * page + at % page)
			rc = -EINVAL;
	}
	return rc;
}

/**
 * pagemap_check_device - Does a device have the pages that this process has?
 * @fd: the context
 * @hwpt: of the mock IOMMU
 * @iova: where the device has them
 * @p: where the process has them
 * @length: bytes, whole pages
 *
 * Unlike mock_check_map(), this has nothing faulted in and asks nobody who pins.
 *
 * Return: 0, -EINVAL when one of them is elsewhere, -ENXIO when the process does
 * not have all of them, or another negative errno.
 */
int pagemap_check_device(int fd, __u32 hwpt, __u64 iova, const void *p,
			 size_t length)
{
	const size_t page = mem_page_size();
	const size_t most = MAX_LEAVES * MOCK_PAGE_SIZE / page;
	size_t at, npages;
	int rc = 0;

	for (at = 0; at < length && !rc; at += npages * page) {
		npages = (length - at) / page;
		if (npages > most)
			npages = most;
		rc = check_block(fd, hwpt, iova + at, (const char *)p + at,
				 npages);
	}
	return rc;
}
