// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "mode.h"

static int open_native(struct mode_dev *dev)
{
	int rc;

	dev->cont.fd = iommu_open();
	if (dev->cont.fd < 0)
		return dev->cont.fd;
	rc = iommu_ioas_alloc(dev->cont.fd, &dev->ioas_id);
	if (rc)
		return rc;
	return vfio_open(&dev->vfio, dev->pci.name) ?:
	       vfio_bind(&dev->vfio, dev->cont.fd) ?:
	       vfio_attach(&dev->vfio, dev->ioas_id);
}

static int open_container(struct mode_dev *dev)
{
	const char *path = mode_is_iommufd(dev->mode) ? "/dev/iommu" :
							"/dev/vfio/vfio";
	bool v2 = dev->mode == MODE_TYPE1V2 || dev->mode == MODE_COMPATV2;

	dev->cont.group_fd = vfio_group_open(dev->pci.group);
	if (dev->cont.group_fd < 0)
		return dev->cont.group_fd;
	dev->cont.fd = open(path, O_RDWR | O_CLOEXEC);
	if (dev->cont.fd < 0)
		return -errno;
	return group_set_container(dev->cont.group_fd, dev->cont.fd) ?:
	       container_set_iommu(dev->cont.fd, v2 ? VFIO_TYPE1v2_IOMMU :
						      VFIO_TYPE1_IOMMU) ?:
	       vfio_container_get_dev(&dev->cont, dev->pci.name, &dev->vfio);
}

/**
 * mode_open - Open the device, so that it reaches what is going to be mapped
 * @dev: from mode_up(), closed
 */
int mode_open(struct mode_dev *dev)
{
	return mode_is_native(dev->mode) ? open_native(dev) :
					   open_container(dev);
}

/**
 * mode_close - Close everything that mode_open() opened
 * @dev: twice does no harm
 */
void mode_close(struct mode_dev *dev)
{
	vfio_close(&dev->vfio);
	vfio_container_close(&dev->cont);
}

/**
 * mode_up - Take a device and open it
 * @dev: to be given to mode_down() whatever this returns
 * @mode: the way
 * @id: PCI_ID_...
 * @nth: which of those that are alone in their groups
 */
int mode_up(struct mode_dev *dev, enum mode mode, __u32 id, int nth)
{
	int rc;

	memset(dev, 0, sizeof(*dev));
	dev->mode = mode;
	dev->vfio.fd = -1;
	dev->cont.fd = -1;
	dev->cont.group_fd = -1;
	rc = pci_find(id, PCI_ALONE, nth, &dev->pci);
	if (rc)
		return rc;
	return pci_take(&dev->pci) ?: mode_open(dev);
}

/**
 * mode_down - Close everything and leave the device as it was found
 * @dev: from mode_up()
 */
void mode_down(struct mode_dev *dev)
{
	mode_close(dev);
	pci_give_back(&dev->pci);
}

/**
 * mode_map - Map memory at an IOVA
 * @dev: open
 * @va: start of the memory
 * @length: bytes
 * @iova: where
 * @prot: IOMMU_IOAS_MAP_READABLE, IOMMU_IOAS_MAP_WRITEABLE
 */
int mode_map(struct mode_dev *dev, const void *va, __u64 length, __u64 iova,
	     __u32 prot)
{
	__u32 flags = 0;

	if (mode_is_native(dev->mode))
		return iommu_map_at(dev->cont.fd, dev->ioas_id, va, length,
				    iova, prot);
	if (prot & IOMMU_IOAS_MAP_READABLE)
		flags |= VFIO_DMA_MAP_FLAG_READ;
	if (prot & IOMMU_IOAS_MAP_WRITEABLE)
		flags |= VFIO_DMA_MAP_FLAG_WRITE;
	return container_map(dev->cont.fd, va, length, iova, flags);
}

/**
 * mode_unmap - Take mappings back
 * @dev: open
 * @iova: first address
 * @length: bytes
 * @unmapped: on success bytes that were taken back
 */
int mode_unmap(struct mode_dev *dev, __u64 iova, __u64 length,
	       __u64 *unmapped)
{
	__u64 left = 0;
	int rc;

	if (!mode_is_native(dev->mode))
		return container_unmap(dev->cont.fd, iova, length, 0, unmapped);
	rc = iommu_unmap_count(dev->cont.fd, dev->ioas_id, iova, length, &left);
	if (!rc)
		*unmapped = left;
	return rc;
}

/**
 * mode_unmap_all - Take everything back
 * @dev: open
 * @unmapped: on success bytes that were taken back
 */
int mode_unmap_all(struct mode_dev *dev, __u64 *unmapped)
{
	if (mode_is_native(dev->mode))
		return iommu_unmap_count(dev->cont.fd, dev->ioas_id, 0,
					 IOMMU_UNMAP_ALL, unmapped);
	return container_unmap(dev->cont.fd, 0, 0, VFIO_DMA_UNMAP_FLAG_ALL,
			       unmapped);
}

/**
 * mode_ranges - Which IOVAs can be mapped?
 * @dev: open
 * @ranges: MODE_RANGES of them
 * @num: how many there are
 */
int mode_ranges(struct mode_dev *dev, struct iommu_iova_range *ranges,
		__u32 *num)
{
	struct vfio_iommu_type1_info_cap_iova_range *cap;
	union {
		struct vfio_iommu_type1_info info;
		char bytes[CONTAINER_INFO_SIZE];
	} buffer;
	__u64 alignment;
	int rc;

	*num = MODE_RANGES;
	if (mode_is_native(dev->mode))
		return iommu_iova_ranges(dev->cont.fd, dev->ioas_id, ranges,
					 num, &alignment);
	rc = container_info(dev->cont.fd, &buffer.info, sizeof(buffer));
	if (rc)
		return rc;
	cap = container_capability(&buffer.info,
				   VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	if (!cap)
		return -ENODATA;
	if (cap->nr_iovas > MODE_RANGES)
		return -EMSGSIZE;
	*num = cap->nr_iovas;
	memcpy(ranges, cap->iova_ranges, *num * sizeof(*ranges));
	return 0;
}
