// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Memory of devices
 *
 * A dma-buf of an exporter that is known to iommufd can be mapped like a file of
 * memory. It is the registers of a device, say, so there are no pages to pin, and
 * it can be taken back: when its exporter revokes it, the mappings in all domains
 * are gone when that returns, and do not come back. The areas stay, with nothing
 * behind them, until they are unmapped.
 *
 * All is guarded by the reservation lock of the dma-buf, which the exporter holds
 * when it revokes: so it is the innermost of the locks around it, and no page
 * fault is taken with it.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/list.h>
#include <linux/overflow.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#include "context.h"
#include "dma_buf.h"
#include "pages.h"
#include "refuse.h"

MODULE_IMPORT_NS(DMA_BUF);

/* Who can say where its dma-bufs are; under exporters_rwsem */
static LIST_HEAD(exporters);
static DECLARE_RWSEM(exporters_rwsem);

/**
 * struct iommufd_dma_buf - A dma-buf behind one call that mapped it
 * @buf: (i) Referenced
 * @attach: (i) To hear of it when it is revoked
 * @exporter: (i) Stays: @buf keeps the module that has it
 * @start: (i) Byte of the dma-buf where the first page begins
 * @paddr: (r) Where the dma-buf is
 * @revoked: (r) It cannot be mapped any more
 * @shown: (r) What shows it in domains
 *
 * (i) immutable, (r) under the reservation lock of @buf
 */
struct iommufd_dma_buf {
	struct dma_buf *buf;
	struct dma_buf_attachment *attach;
	const struct iommufd_dma_buf_exporter *exporter;
	unsigned long start;
	phys_addr_t paddr;
	bool revoked;
	struct rb_root shown;
};

/* One mapping in one domain */
struct shown {
	struct rb_node node;
	struct iommu_domain *domain;
	unsigned long iova;
	unsigned long length;
};

static int cmp_shown(const void *key, const struct rb_node *node)
{
	const struct shown *a = key, *b = rb_entry(node, struct shown, node);

	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	return a->iova < b->iova ? -1 : a->iova > b->iova;
}

static bool shown_before(struct rb_node *a, const struct rb_node *b)
{
	return cmp_shown(rb_entry(a, struct shown, node), b) < 0;
}

/**
 * iommufd_register_dma_buf_exporter() - Let the dma-bufs of a driver be mapped
 * @exporter: The driver's, until iommufd_unregister_dma_buf_exporter()
 */
void iommufd_register_dma_buf_exporter(struct iommufd_dma_buf_exporter *exporter)
{
	down_write(&exporters_rwsem);
	list_add(&exporter->item, &exporters);
	up_write(&exporters_rwsem);
}
EXPORT_SYMBOL_NS_GPL(iommufd_register_dma_buf_exporter, IOMMUFD);

/**
 * iommufd_unregister_dma_buf_exporter() - No further dma-bufs of a driver
 * @exporter: Registered; its driver has no dma-buf left
 */
void
iommufd_unregister_dma_buf_exporter(struct iommufd_dma_buf_exporter *exporter)
{
	down_write(&exporters_rwsem);
	list_del(&exporter->item);
	up_write(&exporters_rwsem);
}
EXPORT_SYMBOL_NS_GPL(iommufd_unregister_dma_buf_exporter, IOMMUFD);

/* The dma-buf's reference on the driver's module keeps what this gives. */
static const struct iommufd_dma_buf_exporter *
find_exporter(const struct dma_buf *buf)
{
	struct iommufd_dma_buf_exporter *exporter, *found = NULL;

	down_read(&exporters_rwsem);
	list_for_each_entry(exporter, &exporters, item)
		if (exporter->ops == buf->ops)
			found = exporter;
	up_read(&exporters_rwsem);
	return found;
}

static void revoke_locked(struct iommufd_dma_buf *imported)
{
	struct shown *shown, *next;

	WRITE_ONCE(imported->revoked, true);
	rbtree_postorder_for_each_entry_safe(shown, next, &imported->shown,
					     node) {
		iommufd_pages_unmap(shown->domain, shown->iova, shown->length);
		kfree(shown);
	}
	imported->shown = RB_ROOT;
}

/* Under the reservation lock. It may be back already, but not for mappings. */
static void move_notify(struct dma_buf_attachment *attach)
{
	struct iommufd_dma_buf *imported = attach->importer_priv;
	phys_addr_t paddr;

	if (imported->exporter->get_paddr(imported->buf, &paddr) ||
	    paddr != imported->paddr)
		revoke_locked(imported);
}

static const struct dma_buf_attach_ops attach_ops = {
	.allow_peer2peer = true,
	.move_notify = move_notify,
};

static int check_import(struct dma_buf *buf, unsigned long start,
			unsigned long length, bool writable)
{
	unsigned long end;

	if (check_add_overflow(start, length, &end) || end > buf->size)
		return iommufd_refuse(-EINVAL, "dma-buf is shorter");
	if (!(buf->file->f_mode & FMODE_READ) ||
	    (writable && !(buf->file->f_mode & FMODE_WRITE)))
		return iommufd_refuse(-EACCES, "file is not open for this");
	return 0;
}

/* From here on it can be revoked. */
static int attach(struct iommufd_dma_buf *imported)
{
	struct dma_buf *buf = imported->buf;
	int rc;

	imported->attach = dma_buf_dynamic_attach(buf, iommufd_misc_device(),
						  &attach_ops, imported);
	if (IS_ERR(imported->attach))
		return iommufd_refuse(PTR_ERR(imported->attach),
				      "exporter of the dma-buf refuses");
	dma_resv_lock(buf->resv, NULL);
	rc = imported->exporter->get_paddr(buf, &imported->paddr);
	/* A move before this compared with no address, and found a change. */
	imported->revoked = false;
	dma_resv_unlock(buf->resv);
	if (!rc)
		return 0;
	dma_buf_detach(buf, imported->attach);
	return iommufd_refuse(rc, "dma-buf is revoked");
}

/**
 * iommufd_dma_buf_import() - Prepare to map a part of a dma-buf
 * @buf: The caller keeps its reference
 * @start: First byte
 * @length: Bytes, not 0
 * @writable: Devices may write to it
 *
 * Return: ended by iommufd_dma_buf_release(); ERR_PTR of -EINVAL if it is shorter,
 * -EACCES if it is not open for that, -EOPNOTSUPP if its exporter is not known,
 * -ENODEV if it is revoked, -ENOMEM, or what the exporter gives
 */
struct iommufd_dma_buf *iommufd_dma_buf_import(struct dma_buf *buf,
					       unsigned long start,
					       unsigned long length,
					       bool writable)
{
	struct iommufd_dma_buf *imported;
	int rc;

	rc = check_import(buf, start, length, writable);
	if (rc)
		return ERR_PTR(rc);
	imported = kzalloc(sizeof(*imported), GFP_KERNEL_ACCOUNT);
	if (!imported)
		return ERR_PTR(iommufd_refuse(-ENOMEM, "out of memory"));
	imported->buf = buf;
	imported->start = start & PAGE_MASK;
	imported->exporter = find_exporter(buf);
	rc = imported->exporter ? attach(imported) :
				  iommufd_refuse(-EOPNOTSUPP,
						 "exporter is not known");
	if (rc) {
		kfree(imported);
		return ERR_PTR(rc);
	}
	get_dma_buf(buf);
	return imported;
}

/**
 * iommufd_dma_buf_release() - Undo iommufd_dma_buf_import()
 * @imported: Shown in no domain
 */
void iommufd_dma_buf_release(struct iommufd_dma_buf *imported)
{
	WARN_ON(!RB_EMPTY_ROOT(&imported->shown));
	dma_buf_detach(imported->buf, imported->attach);
	dma_buf_put(imported->buf);
	kfree(imported);
}

/**
 * iommufd_dma_buf_map() - Show a part of a dma-buf in a domain
 * @imported: The dma-buf
 * @domain: Nobody else changes this part of it
 * @iova: Where, not mapped
 * @offset: Bytes from the first page
 * @length: Bytes, not 0
 * @prot: IOMMU_READ, IOMMU_WRITE
 * @max_leaf: As of iommufd_pages_map()
 *
 * Context: takes the reservation lock of the dma-buf
 * Return: 0, also when it is revoked and there is nothing to show; -ENOMEM; what
 * iommufd_pages_map() gives
 */
int iommufd_dma_buf_map(struct iommufd_dma_buf *imported,
			struct iommu_domain *domain, unsigned long iova,
			unsigned long offset, unsigned long length, int prot,
			size_t max_leaf)
{
	struct shown *shown;
	int rc = 0;

	shown = kmalloc(sizeof(*shown), GFP_KERNEL_ACCOUNT);
	if (!shown)
		return iommufd_refuse(-ENOMEM, "out of memory");
	*shown = (struct shown){
		.domain = domain,
		.iova = iova,
		.length = length,
	};

	dma_resv_lock(imported->buf->resv, NULL);
	if (!imported->revoked) {
		rc = iommufd_pages_map_device(domain, iova,
					      imported->paddr +
						      imported->start + offset,
					      length, prot, max_leaf);
		if (!rc) {
			rb_add(&shown->node, &imported->shown, shown_before);
			shown = NULL;
		}
	}
	dma_resv_unlock(imported->buf->resv);
	kfree(shown);
	return rc;
}

/**
 * iommufd_dma_buf_unmap() - Undo iommufd_dma_buf_map()
 * @imported: The dma-buf
 * @domain: As mapped
 * @iova: As mapped
 *
 * Context: takes the reservation lock of the dma-buf
 */
void iommufd_dma_buf_unmap(struct iommufd_dma_buf *imported,
			   struct iommu_domain *domain, unsigned long iova)
{
	struct shown key = { .domain = domain, .iova = iova };
	struct rb_node *node;

	dma_resv_lock(imported->buf->resv, NULL);
	node = rb_find(&key, &imported->shown, cmp_shown);
	if (node) {
		struct shown *shown = rb_entry(node, struct shown, node);

		iommufd_pages_unmap(domain, iova, shown->length);
		rb_erase(node, &imported->shown);
		kfree(shown);
	}
	dma_resv_unlock(imported->buf->resv);
}

/**
 * iommufd_dma_buf_lock() - Nothing that shows it comes or goes from here on
 * @imported: The dma-buf
 *
 * Ends with iommufd_dma_buf_unlock(); takes its reservation lock.
 */
void iommufd_dma_buf_lock(struct iommufd_dma_buf *imported)
{
	dma_resv_lock(imported->buf->resv, NULL);
}

/**
 * iommufd_dma_buf_unlock() - Undo iommufd_dma_buf_lock()
 * @imported: The dma-buf
 */
void iommufd_dma_buf_unlock(struct iommufd_dma_buf *imported)
{
	dma_resv_unlock(imported->buf->resv);
}

/**
 * iommufd_dma_buf_is_revoked() - Is there nothing behind it any more?
 * @imported: The dma-buf
 *
 * Return: true when there is not; for who only tells of it, as it can change
 */
bool iommufd_dma_buf_is_revoked(struct iommufd_dma_buf *imported)
{
	return READ_ONCE(imported->revoked);
}
