package metrics

import "github.com/prometheus/client_golang/prometheus"

// rops are the remote operations that the gateway's client does. [MS-OXCROPS] 2.2.2
var rops = []string{
	"RopLogon", "RopOpenFolder", "RopCreateFolder", "RopDeleteFolder", "RopGetHierarchyTable", "RopGetContentsTable", "RopSetColumns", "RopSortTable", "RopRestrict",
	"RopQueryRows", "RopFindRow", "RopSeekRow", "RopOpenMessage", "RopCreateMessage", "RopSaveChangesMessage", "RopSubmitMessage", "RopAbortSubmit", "RopTransportSend",
	"RopModifyRecipients", "RopReadRecipients", "RopRemoveAllRecipients", "RopGetPropertiesSpecific", "RopGetPropertiesAll", "RopSetProperties", "RopDeleteProperties",
	"RopGetPropertyIdsFromNames", "RopGetNamesFromPropertyIds", "RopGetAttachmentTable", "RopCreateAttachment", "RopOpenAttachment", "RopSaveChangesAttachment",
	"RopOpenEmbeddedMessage", "RopOpenStream", "RopReadStream", "RopWriteStream", "RopCommitStream", "RopSetStreamSize", "RopSetReadFlags", "RopSetMessageReadFlag",
	"RopMoveCopyMessages", "RopDeleteMessages", "RopHardDeleteMessages", "RopCopyTo", "RopCopyProperties", "RopGetReceiveFolder", "RopRegisterNotification",
	"RopLongTermIdFromId", "RopIdFromLongTermId", "RopTransportNewMail", "RopSetSpooler", "RopSpoolerLockMessage", "RopGetTransportFolder", "other",
}

// ropMetrics count remote operations, each of which succeeds or fails by itself within a request.
type ropMetrics struct {
	done   *prometheus.CounterVec
	errors *prometheus.CounterVec
}

func newROPMetrics(f factory) ropMetrics {
	return ropMetrics{
		done:   f.counterVec("mapi_rops_total", "Remote operations that Exchange answered, by name and whether they succeeded.", "exchange", "rop", "result"),
		errors: f.counterVec("mapi_rop_errors_total", "Remote operations that failed, by the name of the error.", "exchange", "error"),
	}
}

func (r *ropMetrics) know(names *Names) {
	for _, e := range names.Exchanges {
		for _, name := range rops {
			r.done.WithLabelValues(e, name, "ok")
			r.done.WithLabelValues(e, name, "error")
		}
		for _, name := range append([]string{"other"}, names.Errors...) {
			r.errors.WithLabelValues(e, name)
		}
	}
}

// ROP counts a remote operation; failed is the name of its error, or "".
func (m *Metrics) ROP(exchange, name, failed string) {
	result := "ok"
	if failed != "" {
		result = "error"
		m.rops.errors.WithLabelValues(exchange, known(failed, m.names.Load().Errors)).Inc()
	}
	m.rops.done.WithLabelValues(exchange, known(name, rops), result).Inc()
}
