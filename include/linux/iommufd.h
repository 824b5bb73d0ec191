/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In-kernel interface of /dev/iommu, for drivers that hand a device to user
 * space. All functions sleep.
 */
#ifndef __LINUX_IOMMUFD_H
#define __LINUX_IOMMUFD_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/types.h>

struct device;
struct dma_buf;
struct dma_buf_ops;
struct file;
struct iommu_group;
struct iommufd_access;
struct iommufd_ctx;
struct iommufd_device;
struct iommu_group;
struct page;

/**
 * struct iommufd_access_ops - What a user of an address space in the kernel has
 * @needs_pin_pages: It pins pages; without, it can only read and write
 * @unmap: Let go of all that is pinned in a range before returning, as the
 *         range is about to be unmapped. May be called for what was never
 *         pinned, in any thread, several times and at the same time. Sleeps.
 *         May take locks under which pages are pinned, unpinned, read and
 *         written, and none under which it is attached or detached. Needed with
 *         @needs_pin_pages
 */
struct iommufd_access_ops {
	u8 needs_pin_pages : 1;
	void (*unmap)(void *data, unsigned long iova, unsigned long length);
};

/**
 * enum iommufd_access_flags - How memory is used
 * @IOMMUFD_ACCESS_RW_READ: It is read from
 * @IOMMUFD_ACCESS_RW_WRITE: It is written to
 * @IOMMUFD_ACCESS_RW_KTHREAD: The caller is a kernel thread
 */
enum iommufd_access_flags {
	IOMMUFD_ACCESS_RW_READ = 0,
	IOMMUFD_ACCESS_RW_WRITE = 1 << 0,
	IOMMUFD_ACCESS_RW_KTHREAD = 1 << 1,
};

/**
 * struct iommufd_device_file_ops - How the files of devices are known
 * @get_group: The IOMMU group of the device behind a file, with a reference.
 *	NULL when it is not the file of a device; ERR_PTR(-ENODEV) when the
 *	device is gone, or does no DMA that an IOMMU translates. The file is
 *	referenced for the time of the call. Sleeps, calls no function of
 *	iommufd
 */
struct iommufd_device_file_ops {
	struct iommu_group *(*get_group)(struct file *file);
};

/**
 * struct iommufd_dma_buf_exporter - How dma-bufs of device memory are mapped
 * @item: Private to iommufd
 * @ops: Of the exporter's dma-bufs, by which they are known. With pin and unpin:
 *	they can move
 * @get_paddr: Where the whole of a dma-buf is, in one piece. -ENODEV when nobody
 *	may reach it now. Called with the dma-buf's reservation lock held
 *
 * The exporter calls dma_buf_move_notify() when that changes, before it does: on
 * return no device reaches the memory by what was mapped, which does not come
 * back. It takes no lock inside the reservation lock under which it waits for user
 * memory.
 */
struct iommufd_dma_buf_exporter {
	struct list_head item;
	const struct dma_buf_ops *ops;
	int (*get_paddr)(struct dma_buf *buf, phys_addr_t *paddr);
};

#if IS_ENABLED(CONFIG_IOMMUFD)
void
iommufd_register_dma_buf_exporter(struct iommufd_dma_buf_exporter *exporter);
void
iommufd_unregister_dma_buf_exporter(struct iommufd_dma_buf_exporter *exporter);

void iommufd_register_device_files(const struct iommufd_device_file_ops *ops);
void iommufd_unregister_device_files(void);

struct iommufd_ctx *iommufd_ctx_from_file(struct file *file);
struct iommufd_ctx *iommufd_ctx_from_fd(int fd);
void iommufd_ctx_get(struct iommufd_ctx *ictx);
void iommufd_ctx_put(struct iommufd_ctx *ictx);

struct iommufd_device *iommufd_device_bind(struct iommufd_ctx *ictx,
					   struct device *dev, u32 *id);
void iommufd_device_unbind(struct iommufd_device *idev);
int iommufd_device_attach(struct iommufd_device *idev, u32 *pt_id);
int iommufd_device_replace(struct iommufd_device *idev, u32 *pt_id);
void iommufd_device_detach(struct iommufd_device *idev);
struct iommufd_ctx *iommufd_device_to_ictx(struct iommufd_device *idev);
u32 iommufd_device_to_id(struct iommufd_device *idev);
bool iommufd_ctx_has_group(struct iommufd_ctx *ictx, struct iommu_group *group);

struct iommufd_access *
iommufd_access_create(struct iommufd_ctx *ictx,
		      const struct iommufd_access_ops *ops, void *data,
		      u32 *id);
void iommufd_access_destroy(struct iommufd_access *access);
int iommufd_access_attach(struct iommufd_access *access, u32 ioas_id);
int iommufd_access_replace(struct iommufd_access *access, u32 ioas_id);
void iommufd_access_detach(struct iommufd_access *access);
int iommufd_access_pin_pages(struct iommufd_access *access, unsigned long iova,
			     unsigned long length, struct page **out_pages,
			     unsigned int flags);
void iommufd_access_unpin_pages(struct iommufd_access *access,
				unsigned long iova, unsigned long length);
int iommufd_access_rw(struct iommufd_access *access, unsigned long iova,
		      void *data, size_t length, unsigned int flags);

int iommufd_vfio_compat_ioas_create(struct iommufd_ctx *ictx);
int iommufd_vfio_compat_ioas_get_id(struct iommufd_ctx *ictx, u32 *id);
int iommufd_vfio_compat_set_no_iommu(struct iommufd_ctx *ictx);
bool iommufd_vfio_compat_enforced_coherent(struct iommufd_ctx *ictx);
#else /* !CONFIG_IOMMUFD */
static inline struct iommufd_ctx *iommufd_ctx_from_file(struct file *file)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline struct iommufd_ctx *iommufd_ctx_from_fd(int fd)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline void iommufd_ctx_get(struct iommufd_ctx *ictx)
{
}

static inline void iommufd_ctx_put(struct iommufd_ctx *ictx)
{
}
#endif /* CONFIG_IOMMUFD */
#endif
