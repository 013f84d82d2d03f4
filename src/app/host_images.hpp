// HostImages: finds the DLLs that a host's registrations name among the evidence, and reads them.
#pragma once

#include <vector>

#include "analysis/inventory/inventory.hpp"
#include "app/hosts.hpp"
#include "app/reading.hpp"
#include "app/signatures.hpp"
#include "fact/text_pool.hpp"
#include "source/collection/collection.hpp"

namespace npg {

class HostImages {
 public:
  /// All are kept by reference and must outlive this. What becomes of a file is told in its
  /// reading, by its index in the collection.
  HostImages(const Collection& collection, const Limits& limits, Signatures& signatures,
             std::vector<Reading>& readings)
      : collection_(collection), limits_(limits), signatures_(signatures), readings_(readings) {}

  /// Adds an ImageFact for each DLL that was named and found; several collections of one host may
  /// have several files of one path. The registry names DLLs, and a DLL that was found may lead to
  /// another: asked again until nothing new comes.
  void add_to(Host& host);

 private:
  void add_image(Host& host, const WantedImage& wanted, TextPool& pool);

  const Collection& collection_;
  const Limits& limits_;
  Signatures& signatures_;
  std::vector<Reading>& readings_;
};

}  // namespace npg
