// SPDX-License-Identifier: GPL-2.0
/*
 * Two ways to map for DMA, and two devices in groups of their own.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/iommu.h"
#include "lib/pci.h"
#include "lib/vfio.h"
#include "map.h"

/* The devices: with vfio-pci from the first use on. */
static struct pci_dev pci[2];

static int take_devices(void)
{
	int i, rc = 0;

	for (i = 0; i < 2 && !rc; i++) {
		rc = pci_find(PCI_ID_EDU, PCI_ALONE, i, &pci[i]);
		if (!rc)
			rc = pci_take(&pci[i]);
	}
	return rc;
}

/* ---- type1 --------------------------------------------------------------- */

static struct vfio_container container;
static int second_group;

static int type1_open(void)
{
	int rc = take_devices();

	if (!rc)
		rc = vfio_container_open(&container, pci[0].group);
	if (rc)
		return rc;
	second_group = vfio_group_open(pci[1].group);
	return second_group < 0 ? second_group : 0;
}

static void type1_close(void)
{
	close(second_group);
	vfio_container_close(&container);
}

static int type1_map(const struct memory *memory, size_t offset, size_t length,
		     uint64_t iova)
{
	return vfio_container_map(&container, memory->start + offset, length,
				  iova);
}

static int type1_unmap(uint64_t iova, size_t length)
{
	return vfio_container_unmap(&container, iova, length);
}

static int type1_join(void)
{
	return ioctl(second_group, VFIO_GROUP_SET_CONTAINER, &container.fd) ?
	       -errno : 0;
}

static int type1_leave(void)
{
	return ioctl(second_group, VFIO_GROUP_UNSET_CONTAINER) ? -errno : 0;
}

/* ---- iommufd ------------------------------------------------------------- */

static struct vfio_dev devices[2];
static int iommufd;
static __u32 ioas_id, other_ioas_id;

static int bind_device(int i)
{
	int rc = vfio_open(&devices[i], pci[i].name);

	return rc ? rc : vfio_bind(&devices[i], iommufd);
}

static int iommufd_open(void)
{
	int rc = take_devices();

	if (rc)
		return rc;
	iommufd = iommu_open();
	if (iommufd < 0)
		return iommufd;
	rc = bind_device(0);
	if (!rc)
		rc = bind_device(1);
	if (!rc)
		rc = iommu_ioas_alloc(iommufd, &ioas_id);
	if (!rc)
		rc = iommu_ioas_alloc(iommufd, &other_ioas_id);
	return rc ? rc : vfio_attach(&devices[0], ioas_id);
}

static void iommufd_close(void)
{
	vfio_close(&devices[1]);
	vfio_close(&devices[0]);
	close(iommufd);
}

static int iommufd_map(const struct memory *memory, size_t offset,
		       size_t length, uint64_t iova)
{
	return iommu_map_at(iommufd, ioas_id, memory->start + offset, length,
			    iova, IOMMU_MAP_RW);
}

static int iommufd_unmap(uint64_t iova, size_t length)
{
	return iommu_unmap(iommufd, ioas_id, iova, length);
}

static int iommufd_join(void)
{
	return vfio_attach(&devices[1], ioas_id);
}

static int iommufd_leave(void)
{
	return vfio_detach(&devices[1]);
}

/* The file once or several times, as the memory has it. */
int iommufd_map_file(const struct memory *memory, size_t offset, size_t length,
		     uint64_t iova)
{
	int rc = 0;

	while (length && !rc) {
		size_t start = offset % memory->real;
		size_t part = memory->real - start;

		if (part > length)
			part = length;
		rc = iommu_map_file_at(iommufd, ioas_id, memory->fd, start,
				       part, iova, IOMMU_MAP_RW);
		offset += part;
		iova += part;
		length -= part;
	}
	return rc;
}

/* The first device, which is what pins the memory. */
int iommufd_attach(void)
{
	return vfio_attach(&devices[0], ioas_id);
}

int iommufd_detach(void)
{
	return vfio_detach(&devices[0]);
}

/* The second device in the other address space, for copies to go to. */
int iommufd_split(void)
{
	return vfio_attach(&devices[1], other_ioas_id);
}

int iommufd_unsplit(void)
{
	return vfio_detach(&devices[1]);
}

int iommufd_copy(size_t length)
{
	return iommu_copy_at(iommufd, other_ioas_id, MAP_IOVA, ioas_id,
			     MAP_IOVA, length, IOMMU_MAP_RW);
}

int iommufd_uncopy(size_t length)
{
	return iommu_unmap(iommufd, other_ioas_id, MAP_IOVA, length);
}

const struct way map_ways[] = {
	{
		.name = "type1",
		.open = type1_open,
		.close = type1_close,
		.map = type1_map,
		.unmap = type1_unmap,
		.join = type1_join,
		.leave = type1_leave,
	}, {
		.name = "iommufd",
		.open = iommufd_open,
		.close = iommufd_close,
		.map = iommufd_map,
		.unmap = iommufd_unmap,
		.join = iommufd_join,
		.leave = iommufd_leave,
	},
};

const size_t map_nr_ways = sizeof(map_ways) / sizeof(map_ways[0]);
