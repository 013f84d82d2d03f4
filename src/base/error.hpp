// What went wrong with one call: a code, the absolute offset, a literal name, and the two numbers
// that disagree. Words for people are made from it by describe() in base/describe.hpp; nothing here
// allocates.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace npg {

/// Text that lives as long as the program: only a string literal converts to it.
class StaticText {
 public:
  template <std::size_t N>
  // Quirk: converting a literal is the point of this type, so the check is told so by name.
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval StaticText(const char (&literal)[N]) : text_(literal, N - 1) {}
  [[nodiscard]] constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

enum class ErrorCode : std::uint8_t {
  truncated,        ///< fewer bytes than the structure needs: need, have
  bad_signature,    ///< the magic is another's: need = expected value, have = found value where it
                    ///< fits in 64 bits
  bad_value,        ///< a field holds a value that its specification excludes
  bad_checksum,     ///< need = stored, have = computed
  limit_exceeded,   ///< an untrusted number is larger than Limits allows: need = the number, have =
                    ///< the limit
  loop,             ///< a link leads to where the walk has been
  not_found,        ///< the thing asked for is not there
  unsupported,      ///< known by name, not read by this version
  not_this_format,  ///< the bytes are of another format altogether
  does_not_belong,  ///< a transaction log is of another hive or of another time
  io,               ///< the operating system refused: need = errno
};

/// The name used in JSON output and tests, such as "truncated".
[[nodiscard]] std::string_view name_of(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::bad_value;
  std::uint64_t offset = 0;  ///< absolute in its evidence
  std::string_view what;     ///< a literal such as "regf.nk.name_length"
  std::uint64_t need = 0;
  std::uint64_t have = 0;
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] constexpr std::unexpected<Error> fail(ErrorCode code, std::uint64_t offset,
                                                    StaticText what, std::uint64_t need = 0,
                                                    std::uint64_t have = 0) {
  return std::unexpected(Error{code, offset, what.view(), need, have});
}

}  // namespace npg

#define NPG_CONCAT_INNER(a, b) a##b
#define NPG_CONCAT(a, b) NPG_CONCAT_INNER(a, b)
/// NPG_TRY(auto x, call()): x is the value of call(), or this function returns its error.
#define NPG_TRY(declaration, expression)                               \
  auto&& NPG_CONCAT(npg_result_, __LINE__) = (expression);             \
  if (!NPG_CONCAT(npg_result_, __LINE__).has_value()) {                \
    return std::unexpected(NPG_CONCAT(npg_result_, __LINE__).error()); \
  }                                                                    \
  declaration = *std::move(NPG_CONCAT(npg_result_, __LINE__))  // NOLINT(bugprone-macro-parentheses)
/// NPG_TRY_VOID(call()): this function returns the error of call(), if it has one.
#define NPG_TRY_VOID(expression)                                   \
  if (auto&& npg_result = (expression); !npg_result.has_value()) { \
    return std::unexpected(npg_result.error());                    \
  }
