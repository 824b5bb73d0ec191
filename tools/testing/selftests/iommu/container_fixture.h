/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites about containers without VFIO share: an address space that is
 * that of containers. Include once per suite, behind mock_fixture.h.
 */
#ifndef SELFTESTS_IOMMU_CONTAINER_FIXTURE_H
#define SELFTESTS_IOMMU_CONTAINER_FIXTURE_H

#include "lib/container.h"

#define RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

static inline int vfio_ioas(int fd, __u16 op, __u32 *id)
{
	struct iommu_vfio_ioas cmd = {
		.size = sizeof(cmd),
		.ioas_id = *id,
		.op = op,
	};
	int rc = iommu_ioctl(fd, IOMMU_VFIO_IOAS, &cmd);

	*id = cmd.ioas_id;
	return rc;
}

/* Let the commands of containers act on the fixture's address space */
static inline int become_container(struct _test_data_mock *self,
				   unsigned long type)
{
	return vfio_ioas(self->fd, IOMMU_VFIO_IOAS_SET, &self->ioas) ?:
	       container_set_iommu(self->fd, type);
}

/* Map all memory by the container's command */
static inline int map_all(struct _test_data_mock *self)
{
	return container_map(self->fd, self->memory, self->length, IOVA, RW);
}

/* Unmap @count pages from the @first on */
static inline int unmap_pages(struct _test_data_mock *self, int first,
			      int count, __u64 *unmapped)
{
	return container_unmap(self->fd, IOVA + first * self->page,
			       count * self->page, 0, unmapped);
}

/* Is page @nth in the table? */
static inline bool shows(struct _test_data_mock *self, __u32 hwpt, int nth)
{
	return !mock_check_map(self->fd, hwpt, IOVA + nth * self->page,
			       self->memory + nth * self->page, self->page);
}

#endif
