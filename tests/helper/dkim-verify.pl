#!/usr/bin/perl
# dkim-verify.pl ZONE < message - does each signature hold, as Mail::DKIM sees it?
#
# ZONE is a file with what dkim-key printed. One line for each signature: its algorithm and "pass",
# "fail" or, for Ed25519, which this version does not know, "invalid".
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Net::DNS;

open(my $zone, '<', shift) or die;
my $text = join '', <$zone>;
my %records;
while ($text =~ /^(\S+)\. IN TXT \(([^)]*)\)/mg) {
	my ($name, $strings) = ($1, $2);
	$records{$name} = join '', $strings =~ /"([^"]*)"/g;
}
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
	my $record = $records{lc $_[0]} or return;
	return Net::DNS::RR->new(name => $_[0], type => 'TXT', txtdata => [$record]);
};
my $verifier = Mail::DKIM::Verifier->new;
$verifier->load(*STDIN);
print $_->algorithm, ' ', $_->result, "\n" for $verifier->signatures;
