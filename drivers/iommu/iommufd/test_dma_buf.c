// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test operations that export memory of the kernel as that of a device.
 */
#include <linux/align.h>
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/gfp.h>
#include <linux/iommufd.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "ioctl.h"
#include "iommufd_test.h"
#include "test_cmd.h"

/* (r) under the reservation lock of the dma-buf, else immutable */
struct test_buf {
	void *memory;
	size_t length;
	bool revoked; /* (r) */
};

static struct sg_table *refuse_map(struct dma_buf_attachment *attach,
				   enum dma_data_direction dir)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void nothing_to_unmap(struct dma_buf_attachment *attach,
			     struct sg_table *table,
			     enum dma_data_direction dir)
{
}

static int refuse_pin(struct dma_buf_attachment *attach)
{
	return -EOPNOTSUPP;
}

static void nothing_to_unpin(struct dma_buf_attachment *attach)
{
}

static void free_buf(struct test_buf *buf)
{
	free_pages_exact(buf->memory, buf->length);
	kfree(buf);
}

static void release_buf(struct dma_buf *dma_buf)
{
	free_buf(dma_buf->priv);
}

static const struct dma_buf_ops test_buf_ops = {
	.pin = refuse_pin,
	.unpin = nothing_to_unpin,
	.map_dma_buf = refuse_map,
	.unmap_dma_buf = nothing_to_unmap,
	.release = release_buf,
};

static int get_paddr(struct dma_buf *dma_buf, phys_addr_t *paddr)
{
	struct test_buf *buf = dma_buf->priv;

	if (buf->revoked)
		return -ENODEV;
	*paddr = virt_to_phys(buf->memory);
	return 0;
}

static struct iommufd_dma_buf_exporter test_exporter = {
	.ops = &test_buf_ops,
	.get_paddr = get_paddr,
};

/** iommufd_test_dma_buf_init() - Let the dma-bufs of tests be mapped */
void iommufd_test_dma_buf_init(void)
{
	iommufd_register_dma_buf_exporter(&test_exporter);
}

/** iommufd_test_dma_buf_exit() - Undo iommufd_test_dma_buf_init() */
void iommufd_test_dma_buf_exit(void)
{
	iommufd_unregister_dma_buf_exporter(&test_exporter);
}

static struct dma_buf *export_buf(size_t length, int flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dma_buf;
	struct test_buf *buf;

	buf = kzalloc(sizeof(*buf), GFP_KERNEL_ACCOUNT);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	buf->length = length;
	buf->memory = alloc_pages_exact(length, GFP_KERNEL_ACCOUNT |
						__GFP_ZERO);
	if (!buf->memory) {
		kfree(buf);
		return ERR_PTR(-ENOMEM);
	}
	info.ops = &test_buf_ops;
	info.size = length;
	info.flags = flags;
	info.priv = buf;
	dma_buf = dma_buf_export(&info);
	if (IS_ERR(dma_buf))
		free_buf(buf);
	return dma_buf;
}

/**
 * iommufd_test_dma_buf_get() - IOMMU_TEST_OP_DMABUF_GET
 * @ucmd: The call
 *
 * Return: a file; -EINVAL when the length is 0, more than 4 MiB, or not of whole
 * pages; what exporting gives
 */
int iommufd_test_dma_buf_get(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 length = cmd->dmabuf_get.length;
	int flags = cmd->dmabuf_get.open_flags;
	struct dma_buf *dma_buf;
	int fd;

	if (!length || length > SZ_4M || !IS_ALIGNED(length, PAGE_SIZE) ||
	    flags & ~(O_ACCMODE | O_CLOEXEC))
		return -EINVAL;
	dma_buf = export_buf(length, flags);
	if (IS_ERR(dma_buf))
		return PTR_ERR(dma_buf);
	fd = dma_buf_fd(dma_buf, flags & O_CLOEXEC);
	if (fd < 0)
		dma_buf_put(dma_buf);
	return fd;
}

/**
 * iommufd_test_dma_buf_revoke() - IOMMU_TEST_OP_DMABUF_REVOKE
 * @ucmd: The call
 *
 * Return: 0; -EBADF; -EINVAL when it is not a dma-buf of tests
 */
int iommufd_test_dma_buf_revoke(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct dma_buf *dma_buf;
	struct test_buf *buf;
	int rc = 0;

	dma_buf = dma_buf_get(cmd->dmabuf_revoke.dmabuf_fd);
	if (IS_ERR(dma_buf))
		return PTR_ERR(dma_buf);
	if (dma_buf->ops != &test_buf_ops) {
		rc = -EINVAL;
		goto out_put;
	}
	buf = dma_buf->priv;
	dma_resv_lock(dma_buf->resv, NULL);
	buf->revoked = cmd->dmabuf_revoke.revoked;
	dma_buf_move_notify(dma_buf);
	dma_resv_unlock(dma_buf->resv);
out_put:
	dma_buf_put(dma_buf);
	return rc;
}
