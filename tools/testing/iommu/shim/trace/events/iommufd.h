/* SPDX-License-Identifier: GPL-2.0-only */
/* Nobody traces here. */
#define trace_iommufd_pin(va, npages, charged)		((void)(charged))
#define trace_iommufd_unpin(va, npages, charged)	((void)(charged))
