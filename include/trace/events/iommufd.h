/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens at /dev/iommu, and why something does not. "context" is the
 * number that fdinfo and debugfs have.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iommufd

#if !defined(_TRACE_IOMMUFD_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IOMMUFD_H

#include <linux/device.h>
#include <linux/tracepoint.h>
#include <uapi/linux/iommufd.h>

#define IOMMUFD_COMMANDS		\
	COMMAND(DESTROY)		\
	COMMAND(IOAS_ALLOC)		\
	COMMAND(IOAS_ALLOW_IOVAS)	\
	COMMAND(IOAS_COPY)		\
	COMMAND(IOAS_IOVA_RANGES)	\
	COMMAND(IOAS_MAP)		\
	COMMAND(IOAS_UNMAP)		\
	COMMAND(OPTION)			\
	COMMAND(VFIO_IOAS)		\
	COMMAND(IOAS_MAP_FILE)		\
	COMMAND(IOAS_CHANGE_PROCESS)	\
	COMMAND_LAST(GROUP_INFO)

#define COMMAND(name)		TRACE_DEFINE_ENUM(IOMMUFD_CMD_##name);
#define COMMAND_LAST(name)	TRACE_DEFINE_ENUM(IOMMUFD_CMD_##name);
IOMMUFD_COMMANDS
#undef COMMAND
#undef COMMAND_LAST
#define COMMAND(name)		{ IOMMUFD_CMD_##name, #name },
#define COMMAND_LAST(name)	{ IOMMUFD_CMD_##name, #name }

DECLARE_EVENT_CLASS(iommufd_range,
	TP_PROTO(u32 context, u32 ioas_id, u64 iova, u64 length),
	TP_ARGS(context, ioas_id, iova, length),
	TP_STRUCT__entry(
		__field(u32, context)
		__field(u32, ioas_id)
		__field(u64, iova)
		__field(u64, length)
	),
	TP_fast_assign(
		__entry->context = context;
		__entry->ioas_id = ioas_id;
		__entry->iova = iova;
		__entry->length = length;
	),
	TP_printk("context=%u ioas=%u iova=%#llx length=%#llx",
		  __entry->context, __entry->ioas_id, __entry->iova,
		  __entry->length)
);

/* Memory was mapped. */
DEFINE_EVENT(iommufd_range, iommufd_map,
	TP_PROTO(u32 context, u32 ioas_id, u64 iova, u64 length),
	TP_ARGS(context, ioas_id, iova, length)
);

/* What was mapped in a range is unmapped: so many bytes. */
DEFINE_EVENT(iommufd_range, iommufd_unmap,
	TP_PROTO(u32 context, u32 ioas_id, u64 iova, u64 length),
	TP_ARGS(context, ioas_id, iova, length)
);

/* What is mapped elsewhere was mapped here too. */
TRACE_EVENT(iommufd_copy,
	TP_PROTO(u32 context, u32 ioas_id, u64 iova, u64 length, u32 src_id,
		 u64 src_iova),
	TP_ARGS(context, ioas_id, iova, length, src_id, src_iova),
	TP_STRUCT__entry(
		__field(u32, context)
		__field(u32, ioas_id)
		__field(u64, iova)
		__field(u64, length)
		__field(u32, src_id)
		__field(u64, src_iova)
	),
	TP_fast_assign(
		__entry->context = context;
		__entry->ioas_id = ioas_id;
		__entry->iova = iova;
		__entry->length = length;
		__entry->src_id = src_id;
		__entry->src_iova = src_iova;
	),
	TP_printk("context=%u ioas=%u iova=%#llx length=%#llx from_ioas=%u from_iova=%#llx",
		  __entry->context, __entry->ioas_id, __entry->iova,
		  __entry->length, __entry->src_id, __entry->src_iova)
);

DECLARE_EVENT_CLASS(iommufd_device,
	TP_PROTO(u32 context, u32 dev_id, struct device *dev),
	TP_ARGS(context, dev_id, dev),
	TP_STRUCT__entry(
		__field(u32, context)
		__field(u32, dev_id)
		__string(device, dev_name(dev))
	),
	TP_fast_assign(
		__entry->context = context;
		__entry->dev_id = dev_id;
		__assign_str(device, dev_name(dev));
	),
	TP_printk("context=%u device=%u %s", __entry->context,
		  __entry->dev_id, __get_str(device))
);

/* A driver handed a device to a context. */
DEFINE_EVENT(iommufd_device, iommufd_bind,
	TP_PROTO(u32 context, u32 dev_id, struct device *dev),
	TP_ARGS(context, dev_id, dev)
);

/* The driver takes it back. */
DEFINE_EVENT(iommufd_device, iommufd_unbind,
	TP_PROTO(u32 context, u32 dev_id, struct device *dev),
	TP_ARGS(context, dev_id, dev)
);

DECLARE_EVENT_CLASS(iommufd_attachment,
	TP_PROTO(u32 context, u32 dev_id, struct device *dev, u32 hwpt_id),
	TP_ARGS(context, dev_id, dev, hwpt_id),
	TP_STRUCT__entry(
		__field(u32, context)
		__field(u32, dev_id)
		__field(u32, hwpt_id)
		__string(device, dev_name(dev))
	),
	TP_fast_assign(
		__entry->context = context;
		__entry->dev_id = dev_id;
		__entry->hwpt_id = hwpt_id;
		__assign_str(device, dev_name(dev));
	),
	TP_printk("context=%u device=%u %s hwpt=%u", __entry->context,
		  __entry->dev_id, __get_str(device), __entry->hwpt_id)
);

/* A device does DMA by this page table now. */
DEFINE_EVENT(iommufd_attachment, iommufd_attach,
	TP_PROTO(u32 context, u32 dev_id, struct device *dev, u32 hwpt_id),
	TP_ARGS(context, dev_id, dev, hwpt_id)
);

/* The group of a device was moved to this page table. */
DEFINE_EVENT(iommufd_attachment, iommufd_replace,
	TP_PROTO(u32 context, u32 dev_id, struct device *dev, u32 hwpt_id),
	TP_ARGS(context, dev_id, dev, hwpt_id)
);

/* A device has left this page table. */
DEFINE_EVENT(iommufd_attachment, iommufd_detach,
	TP_PROTO(u32 context, u32 dev_id, struct device *dev, u32 hwpt_id),
	TP_ARGS(context, dev_id, dev, hwpt_id)
);

DECLARE_EVENT_CLASS(iommufd_pages,
	TP_PROTO(unsigned long va, unsigned long npages, bool charged),
	TP_ARGS(va, npages, charged),
	TP_STRUCT__entry(
		__field(unsigned long, va)
		__field(unsigned long, npages)
		__field(bool, charged)
	),
	TP_fast_assign(
		__entry->va = va;
		__entry->npages = npages;
		__entry->charged = charged;
	),
	TP_printk("va=%#lx npages=%lu charged=%d", __entry->va,
		  __entry->npages, __entry->charged)
);

/*
 * Memory was pinned, for the first that uses it. Of a file, va is the place in
 * the file.
 */
DEFINE_EVENT(iommufd_pages, iommufd_pin,
	TP_PROTO(unsigned long va, unsigned long npages, bool charged),
	TP_ARGS(va, npages, charged)
);

/* Nothing uses it any more. */
DEFINE_EVENT(iommufd_pages, iommufd_unpin,
	TP_PROTO(unsigned long va, unsigned long npages, bool charged),
	TP_ARGS(va, npages, charged)
);

/*
 * Why something is not done. Where it was asked for by a command, this is
 * followed by iommufd_command_failed of the same thread.
 */
TRACE_EVENT(iommufd_refuse,
	TP_PROTO(int rc, const char *reason),
	TP_ARGS(rc, reason),
	TP_STRUCT__entry(
		__field(int, rc)
		__string(reason, reason)
	),
	TP_fast_assign(
		__entry->rc = rc;
		__assign_str(reason, reason);
	),
	TP_printk("rc=%d reason=\"%s\"", __entry->rc, __get_str(reason))
);

/* A command returns an error. */
TRACE_EVENT(iommufd_command_failed,
	TP_PROTO(u32 context, unsigned int command, int rc),
	TP_ARGS(context, command, rc),
	TP_STRUCT__entry(
		__field(u32, context)
		__field(unsigned int, command)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->context = context;
		__entry->command = command;
		__entry->rc = rc;
	),
	TP_printk("context=%u command=%s (%#x) rc=%d", __entry->context,
		  __print_symbolic(_IOC_NR(__entry->command),
				   IOMMUFD_COMMANDS),
		  __entry->command, __entry->rc)
);

#undef COMMAND
#undef COMMAND_LAST

#endif /* _TRACE_IOMMUFD_H */

#include <trace/define_trace.h>
