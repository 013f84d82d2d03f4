// Grader: how sure it is that the logons of one window went through its provider, and why.
#pragma once

#include <string>
#include <vector>

#include "analysis/exposure/accounts.hpp"
#include "analysis/exposure/listing.hpp"

namespace npg::exposure {

class Grader {
 public:
  /// All four must outlive it.
  Grader(const Exposure& window, const Listener& listener, const AccountEvidence& evidence,
         const Proofs& proofs);

  [[nodiscard]] const Proof* proof_of(const HumanLogon& logon) const;
  [[nodiscard]] Certainty grade(const HumanLogon& logon, bool is_protected) const;
  /// Why a logon has its grade.
  [[nodiscard]] std::string reason(const HumanLogon& logon, Certainty grade,
                                   bool is_protected) const;

  /// True where the listener may not have been there at the logon.
  [[nodiscard]] bool is_unsure(const HumanLogon& logon) const;

 private:
  [[nodiscard]] bool is_unnotified(const HumanLogon& logon) const;
  [[nodiscard]] bool is_after_known(const HumanLogon& logon) const;
  [[nodiscard]] bool is_switched_off(const HumanLogon& logon) const;
  /// Then Order did not list it and HwOrder did.
  [[nodiscard]] bool is_in_hw_order_only(const HumanLogon& logon) const;
  [[nodiscard]] bool sends_nothing(const HumanLogon& logon) const;
  /// Without a build nothing is known of any logon: that passwords are sent is assumed of all.
  [[nodiscard]] bool may_send_nothing(const HumanLogon& logon) const;

  const Exposure& window_;
  const AccountEvidence& evidence_;
  const Proofs& proofs_;
  bool is_program_;
  Listing listing_;
  bool has_unread_class_ = false;
  std::vector<HwOnly> hw_only_;
};

}  // namespace npg::exposure
